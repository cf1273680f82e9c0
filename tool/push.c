/* SPDX-License-Identifier: Apache-2.0 */
/* tenon push: an extension to a device's shell (llext/shell.h), over a serial port. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "tenon.h"

#define LINE_BYTES 48 /* of the file, in one line */
#define TRIES      5

static const char help_text[] =
	"Usage: tenon push [OPTION...] FILE --port PORT\n"
	"\n"
	"Send FILE, an extension, to a device whose firmware has the shell (src/shell),\n"
	"and load it there. Each line has a checksum and is sent again if the device asks\n"
	"for it. What the device says about the load is printed.\n"
	"\n"
	"Options:\n"
	"  -p, --port PORT        the serial port: /dev/ttyUSB0, or a pseudo terminal\n"
	"      --baud RATE        its speed (default: 115200)\n"
	"      --name NAME        the extension's name there (default: the file's, up to\n"
	"                         the first dot)\n"
	"      --replace          unload an extension of this name first\n"
	"  -c, --call FUNCTION    call the exported `void FUNCTION(void)` after the load\n"
	"  -t, --timeout SECONDS  give up after so long without an answer (default: 3)\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon pack effect.o -o effect.llext\n"
	"  tenon push --port /dev/ttyACM0 effect.llext --replace --call effect_start\n"
	"\n"
	"Exit status:\n"
	"  0  the extension is loaded there\n"
	"  1  it was refused, or the device does not answer; what it said is printed\n"
	"  2  wrong usage\n";

struct device {
	const char *path;
	int fd;
	int timeout; /* ms */
	char line[256];
	size_t length;
};

struct request {
	const char *file, *name, *call;
	uint64_t baud, seconds;
	speed_t speed;
	bool replace;
};

/* ---- the port ---- */

static bool speed_of(uint64_t baud, speed_t *speed)
{
	static const struct {
		unsigned int baud;
		speed_t speed;
	} speeds[] = {{9600, B9600},      {19200, B19200},     {38400, B38400},
		      {57600, B57600},    {115200, B115200},   {230400, B230400},
		      {460800, B460800},  {921600, B921600},   {500000, B500000},
		      {576000, B576000},  {1000000, B1000000}, {2000000, B2000000},
		      {3000000, B3000000}};

	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		if (speeds[i].baud == baud) {
			*speed = speeds[i].speed;
			return true;
		}
	}
	return false;
}

static bool open_port(struct device *device, speed_t speed)
{
	struct termios mode;

	device->fd = open(device->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (device->fd < 0) {
		complain(device->path, "%s", strerror(errno));
		return false;
	}
	if (tcgetattr(device->fd, &mode) != 0) {
		complain(device->path, "it is not a serial port");
		return false;
	}
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL | CREAD;
	mode.c_cc[VMIN] = 0;
	mode.c_cc[VTIME] = 0;
	if (cfsetspeed(&mode, speed) != 0 || tcsetattr(device->fd, TCSANOW, &mode) != 0) {
		complain(device->path, "cannot be set up: %s", strerror(errno));
		return false;
	}
	(void)tcflush(device->fd, TCIFLUSH);
	return true;
}

static bool send_text(struct device *device, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		struct pollfd wait = {.fd = device->fd, .events = POLLOUT};
		ssize_t done =
			poll(&wait, 1, device->timeout) > 0 ? write(device->fd, text, left) : -1;

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			complain(device->path, "cannot be written to");
			return false;
		}
		text += done;
		left -= (size_t)done;
	}
	return true;
}

/* One line of the device's, without its end, in device->line; false if none comes in @ms
 * milliseconds. */
static bool receive_line(struct device *device, int ms)
{
	struct timespec now;
	int64_t end, left;
	char c;

	device->length = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	end = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
	for (;;) {
		struct pollfd wait = {.fd = device->fd, .events = POLLIN};

		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		left = end - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
		if (left <= 0 || poll(&wait, 1, (int)left) <= 0 || read(device->fd, &c, 1) != 1)
			return false;
		if (c == '\n' && device->length > 0) {
			device->line[device->length] = '\0';
			return true;
		}
		if (c >= ' ' && device->length + 1 < sizeof(device->line))
			device->line[device->length++] = c;
	}
}

/* ---- the protocol ---- */

/* Print what the device says until it is silent. @return whether a line begins with @good. */
static bool relay(struct device *device, const char *good)
{
	bool found = false;

	do {
		if (device->length == 0)
			continue;
		printf("%s\n", printable(device->line));
		if (good != NULL && starts_with(device->line, good))
			found = true;
	} while (receive_line(device, found                    ? 200
				      : device->timeout < 1000 ? device->timeout
							       : 1000));
	return found;
}

enum answer { ANSWER_NONE, ANSWER_NEXT, ANSWER_AGAIN, ANSWER_END };

/* What the device says to a line of the file; *next is the offset that it waits for. */
static enum answer read_answer(struct device *device, uint64_t *next)
{
	static const char *const ends[] = {"loaded ",     "load failed", "already loaded",
					   "the file's ", "the name is", "there is room",
					   "usage: "};
	enum answer answer = ANSWER_NONE;

	while (receive_line(device, device->timeout)) {
		const char *line = device->line, *number = NULL;

		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			if (starts_with(line, ends[i]))
				return ANSWER_END;
		}
		if (starts_with(line, "ready ") || starts_with(line, "ok ")) {
			number = strchr(line, ' ') + 1;
			answer = ANSWER_NEXT;
		} else if (starts_with(line, "again ")) {
			number = line + 6;
			answer = ANSWER_AGAIN;
		}
		if (number != NULL) { /* anything else is the echo of a command, or other output */
			*next = strtoull(number, NULL, 16);
			return answer;
		}
	}
	return ANSWER_NONE;
}

static bool send_piece(struct device *device, const struct file *file, uint64_t offset)
{
	size_t bytes = file->length - offset < LINE_BYTES ? file->length - offset : LINE_BYTES;
	char base64[BASE64_ENCODE_RAW_LENGTH(LINE_BYTES) + 1] = "", text[128], line[160];

	base64_encode_raw(base64, bytes, file->bytes + offset);
	snprintf(text, sizeof(text), "%" PRIx64 ",%s", offset, base64);
	snprintf(line, sizeof(line), ":%s,%08lx\r", text,
		 crc32(0, (const Bytef *)text, (uInt)strlen(text)));
	return send_text(device, line);
}

static void show_progress(uint64_t done, size_t bytes)
{
	int width = 30, filled = (int)(done * (uint64_t)width / bytes);

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r[%.*s%*s] %3d %%", filled, "##############################",
		width - filled, "", (int)(done * 100 / bytes));
	if (done == bytes)
		fputs("\r\033[K", stderr);
}

/* @return whether the device has taken the whole file; its answer to the last line is at hand. */
static bool send_file(struct device *device, const struct file *file, const char *name)
{
	uint64_t next = 0;
	char command[128];
	int tries = 0;

	snprintf(command, sizeof(command), "\rext load %s %zu %lx\r", name, file->length,
		 crc32(0, file->bytes, (uInt)file->length));
	if (!send_text(device, command))
		return false;
	for (;;) {
		uint64_t before = next;
		enum answer answer = read_answer(device, &next);

		if (answer == ANSWER_END) {
			show_progress(file->length, file->length);
			return true;
		}
		tries = answer == ANSWER_NEXT && (next > before || before == 0) ? 0 : tries + 1;
		if (tries == TRIES || next >= file->length) {
			complain(device->path, answer == ANSWER_NONE
						       ? "no answer: is there a shell (src/shell)?"
						       : "the line is too noisy; gave up");
			(void)send_text(device, ".\r");
			return false;
		}
		show_progress(next, file->length);
		if (!send_piece(device, file, next))
			return false;
	}
}

/* ---- the command ---- */

static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = need_text("%s", slash != NULL ? slash + 1 : path);
	char *dot = strchr(name, '.');

	if (dot != NULL && dot != name)
		*dot = '\0';
	return name;
}

static bool push(struct device *device, const struct request *request, const struct file *file)
{
	char command[300];

	if (request->replace) {
		snprintf(command, sizeof(command), "\rext unload %s\r", request->name);
		if (!send_text(device, command))
			return false;
		while (receive_line(device, 300)) {
			if (starts_with(device->line, "unloaded") ||
			    strstr(device->line, ": not found") != NULL)
				break;
		}
	}
	if (!send_file(device, file, request->name) || !relay(device, "loaded "))
		return false;
	if (request->call == NULL)
		return true;
	snprintf(command, sizeof(command), "ext call %s %s\r", request->name, request->call);
	device->length = 0;
	if (!send_text(device, command))
		return false;
	(void)receive_line(device, device->timeout); /* the echo */
	device->length = 0;
	(void)relay(device, NULL);
	return true;
}

static int set(struct request *request, struct device *device, int option)
{
	switch (option) {
	case 'p':
		device->path = optarg;
		return 0;
	case 'b':
		if (!parse_size(optarg, UINT32_MAX, &request->baud) ||
		    !speed_of(request->baud, &request->speed))
			return wrong_usage("push", "--baud: %s is no usual speed",
					   printable(optarg));
		return 0;
	case 'n':
		request->name = optarg;
		return 0;
	case 'r':
		request->replace = true;
		return 0;
	case 'c':
		request->call = optarg;
		return 0;
	case 't':
		if (!parse_size(optarg, 3600, &request->seconds) || request->seconds == 0)
			return wrong_usage("push", "--timeout: %s is not 1 to 3600",
					   printable(optarg));
		return 0;
	default:
		return wrong_usage("push", option == ':' ? "'%s' needs a value" : "no option '%s'",
				   printable(optarg));
	}
}

static int check(struct request *request, const struct device *device, int files, char **file)
{
	if (device->path == NULL)
		return wrong_usage("push", "no --port PORT given");
	if (files != 1)
		return wrong_usage("push", files == 0 ? "no FILE given" : "one FILE at a time");
	request->file = file[0];
	if (request->name == NULL)
		request->name = name_of(request->file);
	if (request->name[0] == '\0' || strlen(request->name) > LLEXT_MAX_NAME_LEN ||
	    strpbrk(request->name, " \t") != NULL)
		return wrong_usage("push",
				   "the name '%s' must have 1 to %d characters and no blank",
				   printable(request->name), LLEXT_MAX_NAME_LEN);
	return 0;
}

static int run_push(int argc, char **argv)
{
	static const struct option options[] = {{"port", required_argument, NULL, 'p'},
						{"baud", required_argument, NULL, 'b'},
						{"name", required_argument, NULL, 'n'},
						{"replace", no_argument, NULL, 'r'},
						{"call", required_argument, NULL, 'c'},
						{"timeout", required_argument, NULL, 't'},
						{NULL, 0, NULL, 0}};
	struct request request = {.speed = B115200, .seconds = 3};
	struct device device = {.fd = -1};
	struct file file;
	bool good;
	int option, code;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":p:b:n:rc:t:", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			optarg = option_at_fault(argv);
		code = set(&request, &device, option);
		if (code != 0)
			return code;
	}
	code = check(&request, &device, argc - optind, argv + optind);
	if (code != 0)
		return code;
	device.timeout = (int)request.seconds * 1000;
	good = file_read(&file, request.file) && open_port(&device, request.speed) &&
	       push(&device, &request, &file);
	file_close(&file);
	if (device.fd >= 0)
		(void)close(device.fd);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

const struct command command_push = {"push", "send a file to a device's shell and load it there",
				     help_text, run_push};
