/* SPDX-License-Identifier: Apache-2.0 */
/* tenon key: keys that sign and decrypt, and the rings that firmware has. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "json.h"
#include "verifying.h"

static const char help[] =
	"Usage: tenon key gen [--type TYPE] -o FILE\n"
	"       tenon key pub [--c | --ring] [RIGHT...] KEY... [-o FILE]\n"
	"       tenon key secret KEY... [-o FILE]\n"
	"       tenon key info [--json] KEY...\n"
	"\n"
	"gen writes a new private key, in PEM (PKCS#8), which only you may read. It never\n"
	"overwrites a file. TYPE is p256 (the default; ES256 signatures, or ECDH for\n"
	"encrypted files), ed25519 (where the firmware's crypto library has it), or\n"
	"a128kw (16 bytes, a secret that devices share, for encrypted files).\n"
	"\n"
	"pub prints what is public of a KEY: in PEM, with --c as an array for a firmware,\n"
	"with --ring as a key ring (JSON) for tenon verify and tenon run. With either of\n"
	"these a KEY may be a ring as well, which keeps its rights; other KEYs get these:\n"
	"  --names PREFIX         it signs extensions whose name begins so (default: any)\n"
	"  --counter-limit N      the highest security counter that it may set\n"
	"  --sandbox-only         what it signs is to run in a sandbox\n"
	"  --revoked              nothing that it signed is to be loaded any more\n"
	"A key that is given twice has the rights that both give it, so that a key of a\n"
	"ring is revoked by giving it again.\n"
	"\n"
	"secret prints a device's own KEYs (p256 or a128kw), by which it decrypts, as an\n"
	"array for a firmware. FILE is one that only you may read. For a first firmware:\n"
	"a product keeps them in hardware, or outside the image, with the same id.\n"
	"\n"
	"info prints a key's algorithm, identifier, and whether it is private.\n"
	"\n"
	"Options:\n"
	"  -o, --output FILE      the file to write; without it pub and secret print\n"
	"  -t, --type TYPE        p256, ed25519 or a128kw\n"
	"  -j, --json             as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon key gen -o vendor.pem\n"
	"  tenon key pub --ring --names codec. vendor.pem >ring.json\n"
	"  tenon key pub --c ring.json -o ring.c\n"
	"  tenon key pub --ring ring.json --revoked stolen.pub -o ring-2.json\n"
	"  tenon key gen --type a128kw -o fleet.key\n"
	"  tenon key secret fleet.key -o secret.c\n"
	"\n"
	"Exit status:\n"
	"  0  done\n"
	"  1  a KEY cannot be read or written; what is wrong is printed\n"
	"  2  wrong usage\n";

struct options {
	const char *output, *type;
	struct rights rights;
	bool c, ring, json, has_rights;
};

enum { OPTION_C = 256, OPTION_RING, OPTION_NAMES, OPTION_LIMIT, OPTION_SANDBOX, OPTION_REVOKED };

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"type", required_argument, NULL, 't'},
	{"json", no_argument, NULL, 'j'},
	{"c", no_argument, NULL, OPTION_C},
	{"ring", no_argument, NULL, OPTION_RING},
	{"names", required_argument, NULL, OPTION_NAMES},
	{"counter-limit", required_argument, NULL, OPTION_LIMIT},
	{"sandbox-only", no_argument, NULL, OPTION_SANDBOX},
	{"revoked", no_argument, NULL, OPTION_REVOKED},
	{NULL, 0, NULL, 0}};

static bool take_option(int option, struct options *options)
{
	switch (option) {
	case 'o':
		options->output = optarg;
		return true;
	case 't':
		options->type = optarg;
		return strcmp(optarg, "p256") == 0 || strcmp(optarg, "ed25519") == 0 ||
		       strcmp(optarg, "a128kw") == 0;
	case 'j':
		return options->json = true;
	case OPTION_C:
		return options->c = true;
	case OPTION_RING:
		return options->ring = true;
	default:
		break;
	}
	options->has_rights = true;
	switch (option) {
	case OPTION_NAMES:
		options->rights.names = optarg;
		return is_claim_name(optarg, true);
	case OPTION_LIMIT:
		return parse_counter(optarg, &options->rights.counter_limit);
	case OPTION_SANDBOX:
		return options->rights.sandbox_only = true;
	default:
		return options->rights.revoked = true;
	}
}

static int parse(int argc, char **argv, struct options *options)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:t:j", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("key",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (!take_option(option, options))
			return wrong_usage("key", "'%s' is no %s", printable(optarg),
					   option == 't'            ? "type of key"
					   : option == OPTION_NAMES ? "start of a name"
								    : "counter");
	}
	return EXIT_GOOD;
}

static int generate(const struct options *options, int count)
{
	if (options->json || options->c || options->ring || options->has_rights)
		return wrong_usage("key", "gen takes --type and --output only");
	if (options->output == NULL)
		return wrong_usage("key", "no --output FILE given");
	if (count != 0)
		return wrong_usage("key", "gen takes no KEY; it writes one to --output FILE");
	return key_generate(options->type != NULL ? options->type : "p256", options->output)
		       ? EXIT_GOOD
		       : EXIT_REFUSED;
}

/* What was to be printed goes to the output, but never over a key. */
static bool put_output(const struct options *options, const char *text, size_t length, int count,
		       char **paths)
{
	if (options->output == NULL)
		return fwrite(text, 1, length, stdout) == length;
	for (int i = 0; i < count; i++) {
		if (same_file(options->output, paths[i])) {
			complain(options->output, "is a KEY: it is not written over");
			return false;
		}
	}
	return write_output(options->output, (const uint8_t *)text, length);
}

static int print_public(const struct options *options, int count, char **paths)
{
	struct ring ring = {0};
	char *text = NULL;
	size_t length = 0;
	FILE *stream;
	bool good = true;

	if (options->type != NULL || options->json)
		return wrong_usage("key", "--type and --json are not for pub");
	if (options->c && options->ring)
		return wrong_usage("key", "--c or --ring?");
	if (options->has_rights && !options->c && !options->ring)
		return wrong_usage("key", "rights are for --c and --ring");
	stream = open_memstream(&text, &length);
	if (stream == NULL) {
		complain(NULL, "out of memory");
		return EXIT_REFUSED;
	}
	for (int i = 0; good && i < count; i++) {
		if (options->c || options->ring) {
			good = ring_read(&ring, paths[i], &options->rights);
		} else {
			struct key key;

			good = key_open(&key, paths[i]) && key_write_public(&key, stream);
			key_close(&key);
		}
	}
	if (good && options->ring)
		ring_print_json(&ring, stream);
	else if (good && options->c)
		ring_print_c(&ring, stream);
	if (fclose(stream) != 0) {
		complain(NULL, "out of memory");
		good = false;
	}
	good = good && put_output(options, text, length, count, paths);
	free(text);
	ring_free(&ring);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int print_secret(const struct options *options, int count, char **paths)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream;
	bool good = true;

	if (options->type != NULL || options->json || options->c || options->ring ||
	    options->has_rights)
		return wrong_usage("key", "secret takes --output only");
	stream = open_memstream(&text, &length);
	if (stream == NULL) {
		complain(NULL, "out of memory");
		return EXIT_REFUSED;
	}
	fprintf(stream, "/* Made by tenon key secret: keep it to yourself. */\n"
			"#include <llext/trust.h>\n\n"
			"const struct llext_secret llext_secrets[] = {\n");
	for (int i = 0; good && i < count; i++) {
		struct key key;

		good = key_open(&key, paths[i]) && key_write_secret(&key, stream);
		key_close(&key);
	}
	fprintf(stream, "};\nconst size_t llext_secret_count = %d;\n", count);
	if (fclose(stream) != 0) {
		complain(NULL, "out of memory");
		good = false;
	}
	(void)umask(S_IRWXG | S_IRWXO);
	good = good && put_output(options, text, length, count, paths);
	if (text != NULL)
		explicit_bzero(text, length);
	free(text);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static const char *type_name(const struct key *key)
{
	return key->pkey == NULL                         ? "a128kw"
	       : key->algorithm == LLEXT_ALGORITHM_ES256 ? "p256"
							 : "ed25519";
}

static int print_info(const struct options *options, int count, char **paths)
{
	struct json_object *root, *list;
	bool good = true;

	if (options->type != NULL || options->output != NULL || options->c || options->ring ||
	    options->has_rights)
		return wrong_usage("key", "info takes --json only");
	root = json_root("key");
	list = json_list(root, "keys");
	for (int i = 0; good && i < count; i++) {
		struct json_object *item;
		struct key key;

		good = key_open(&key, paths[i]);
		if (good && options->json) {
			item = json_item(list);
			json_text(item, "file", paths[i]);
			json_text(item, "type", type_name(&key));
			json_text(item, "id", hex(key.id, sizeof(key.id)));
			json_flag(item, "private", key.is_private);
		} else if (good) {
			printf("%s: %s, identifier %s, %s\n", printable(paths[i]), type_name(&key),
			       hex(key.id, sizeof(key.id)),
			       key.pkey == NULL ? "secret"
			       : key.is_private ? "private"
						: "public");
		}
		key_close(&key);
	}
	if (good && options->json)
		json_print(root, stdout);
	else
		json_object_put(root);
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

static int key_command(int argc, char **argv)
{
	struct options options = {.rights = {.counter_limit = UINT32_MAX - 1}};
	const char *what = argc > 1 ? argv[1] : "";
	int code, count;

	if (strcmp(what, "gen") != 0 && strcmp(what, "pub") != 0 && strcmp(what, "secret") != 0 &&
	    strcmp(what, "info") != 0)
		return wrong_usage("key", "gen, pub, secret or info?");
	code = parse(argc - 1, argv + 1, &options);
	if (code != EXIT_GOOD)
		return code;
	count = argc - 1 - optind;
	argv += 1 + optind;
	if (strcmp(what, "gen") == 0)
		return generate(&options, count);
	if (count == 0)
		return wrong_usage("key", "no KEY given");
	if (strcmp(what, "pub") == 0)
		return print_public(&options, count, argv);
	if (strcmp(what, "secret") == 0)
		return print_secret(&options, count, argv);
	return print_info(&options, count, argv);
}

const struct command command_key = {"key", "make keys that sign, and rings for firmware", help,
				    key_command};
