/* SPDX-License-Identifier: Apache-2.0 */
/* tenon pack and tenon unpack: files made for devices, and back. */
#define _GNU_SOURCE
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <llext/lz4_loader.h>
#include "explain.h"
#include "pack.h"
#include "purpose.h"

static const char pack_help[] =
	"Usage: tenon pack [OPTION...] FILE -o OUTPUT\n"
	"\n"
	"Write FILE, an extension, in the form that a device loads fastest and with least\n"
	"memory: still ELF, stripped, in the order in which a loader reads it, so that it\n"
	"may come from a source that cannot seek; what is relative inside a section is\n"
	"relocated already, and other relocations are compact. OUTPUT is loaded by the\n"
	"very core that devices of its machine run, and compared with what FILE gives,\n"
	"before it is written.\n"
	"\n"
	"A shared object keeps its addresses, so it is only stripped, and its relative\n"
	"relocations become SHT_RELR.\n"
	"\n"
	"With --bind, imports get their place in the table of exports of a FIRMWARE,\n"
	"under a fingerprint of that table: a firmware with this very table needs no\n"
	"names, any other one looks them up.\n"
	"\n"
	"Options:\n"
	"  -o, --output OUTPUT    the file to write\n"
	"  -b, --bind FIRMWARE    the firmware's ELF file, or a list of names, one a line\n"
	"      --debug-file FILE  what a debugger shall read instead (default: the input)\n"
	"      --write-debug FILE write what a debugger shall read: symbols and lines\n"
	"                         with the sections of OUTPUT, which the input has not\n"
	"                         where sections are merged\n"
	"      --export NAMES     what a FILE without .exported_sym exports: all (the\n"
	"                         default), none, or these names, with commas between;\n"
	"                         may be repeated\n"
	"      --keep-section NAME\n"
	"                         keep a section that is not loaded; may be repeated\n"
	"      --keep-sections    sections are not merged\n"
	"      --relax            make calls inside FILE shorter, as a linker does\n"
	"                         (RISC-V); the output then runs as fast as linked code,\n"
	"                         and is smaller, but no longer loads to the same image\n"
	"                         as FILE; see tenon(1)\n"
	"      --format VERSION   of the packed file, at most (default: 2): 1 for\n"
	"                         firmware whose library is older\n"
	"  -z, --lz4              in an LZ4 frame, to be decompressed while it is loaded\n"
	"      --block SIZE       bytes of content of each of its blocks (default: 4K); a\n"
	"                         device needs a buffer of that and 1/256 of it and 32\n"
	"                         more\n"
	"      --checksums        each block has a checksum\n"
	"  -j, --json             what was done, as one JSON object\n"
	"      --firmware-at ADDR where the firmware's functions are, for the check\n"
	"      --heap-at ADDR     where the LLEXT heap is, for the check\n"
	"      --instr-heap-at ADDR\n"
	"                         a heap of its own for code, as on a Harvard machine\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon pack codec.o -o codec.llext\n"
	"  tenon pack codec.o -o codec.llext --bind build/firmware.elf\n"
	"  tenon pack codec.o -o codec.llext --write-debug codec_debug.elf\n"
	"  tenon pack codec.o -o codec.llext --lz4 --block 1K\n"
	"  tenon pack --json codec.o -o codec.llext | jq .after.file_bytes\n"
	"\n"
	"Exit status:\n"
	"  0  OUTPUT is written\n"
	"  1  FILE cannot be read, or no loader would take it; what is wrong is printed\n"
	"  2  wrong usage\n";

static const char unpack_help[] =
	"Usage: tenon unpack [OPTION...] FILE -o OUTPUT\n"
	"\n"
	"Write the plain file that a packed FILE stands for: with ordinary relocations,\n"
	"that every tool and every loader reads. What packing took away, such as local\n"
	"symbols, stays away.\n"
	"\n"
	"Options:\n"
	"  -o, --output OUTPUT    the file to write\n"
	"      --firmware-at ADDR where the firmware's functions are, for the check\n"
	"      --heap-at ADDR     where the LLEXT heap is, for the check\n"
	"      --instr-heap-at ADDR\n"
	"                         a heap of its own for code, as on a Harvard machine\n"
	"  -h, --help             this text\n"
	"\n"
	"Example:\n"
	"  tenon unpack codec.llext -o codec.o\n"
	"\n"
	"Exit status:\n"
	"  0  OUTPUT is written\n"
	"  1  FILE cannot be read, or is no sound packed file; what is wrong is printed\n"
	"  2  wrong usage\n";

/* Content of a compressed file's blocks. */
#define SMALLEST_BLOCK 64
#define LARGEST_BLOCK  (4u << 20)
#define DEFAULT_BLOCK  4096

struct options {
	const char *path, *output, *bind, *debug;
	bool write_debug; /* make the file @debug */
	bool keep_sections, relax, json, lz4, checksums;
	uint64_t format; /* the newest version that the file may be of */
	enum llext_exports exports;
	const char **export_names, **kept_names;
	size_t export_count, kept_count;
	uint64_t block; /* 0: not said */
	struct assumption assumed;
};

/* ---- files ---- */

/* ---- pack ---- */

static void count_kept(void *context, const struct image_section *section)
{
	(void)section;
	++*(size_t *)context;
}

uint8_t *pack_file(struct pack *pack, size_t *length)
{
	uint8_t *image = NULL;

	pack_count_before(pack);
	pack_find_lost(pack);
	pack_each_kept(pack, count_kept, &pack->kept_sections);
	if (pack->file->type == ET_DYN)
		image = pack_shared_object(pack, length);
	else if (pack_read(pack) && pack_resolve(pack)) {
		pack_sort_exports(pack);
		pack_fold(pack);
		pack_bind(pack);
		if (pack->debug_wanted)
			pack->debug_image = pack_debug_file(pack, &pack->debug_length);
		if (!pack->debug_wanted || pack->debug_image != NULL)
			image = pack_write(pack, length);
	}
	pack->after.file_bytes = image != NULL ? *length : 0;
	return image;
}

/* Is the content of a frame what went into it? */
static bool holds(const struct pack *pack, const uint8_t *frame, size_t length,
		  const uint8_t *image, size_t image_length)
{
	struct file file = {.path = pack->file->path, .bytes = need(length, 1), .length = length};
	bool same;

	memcpy(file.bytes, frame, length);
	same = lz4_expand(&file) && file.length == image_length &&
	       memcmp(file.bytes, image, image_length) == 0;
	if (!same)
		complain(pack->file->path, "was not compressed right, and nothing is written");
	free(file.bytes);
	return same;
}

/* @image as an LZ4 frame; takes it over. NULL, with a complaint, where the frame is wrong. */
static uint8_t *compress(struct pack *pack, const struct options *options, uint8_t *image,
			 size_t *length)
{
	size_t block = options->block != 0 ? (size_t)options->block : DEFAULT_BLOCK;
	size_t image_length = *length;
	uint8_t *frame = lz4_compress(image, image_length, block, options->checksums, length);

	if (!holds(pack, frame, *length, image, image_length)) {
		free(frame);
		frame = NULL;
	}
	free(image);
	pack->block = block;
	pack->stored = *length;
	return frame;
}

/* --export may leave nothing that could be used, and so may an entry point that is not kept. */
static bool must_be_useful(const struct file *file, const uint8_t *image, size_t length)
{
	struct file packed;
	bool useful;

	file_from_memory(&packed, file->path, image, length);
	useful = file_useless(&packed) == NULL;
	file_close(&packed);
	if (!useful)
		complain(file->path,
			 "would export nothing, and has no initialisers and no entry point, so "
			 "that nothing of the packed file could be used: name a function with "
			 "--export");
	return useful;
}

static void warn_of_losses(const struct report *report)
{
	if (report->bad_unwind_table)
		warn_about(report->file->path,
			   "its unwind table is damaged, and left out: GNU ld's -r --gc-sections "
			   "does that to RISC-V's");
	if (file_lacks_code(report->file))
		warn_about(report->file->path,
			   "functions that are there as bytecode only (-flto) are missing: link "
			   "with gcc -r instead of ld -r");
}

static bool pack_and_write(const struct options *options, const struct file *file,
			   struct report *report, const struct packed_names *names)
{
	struct pack pack = {
		.file = file,
		.core = report->desk.core,
		.report = report,
		.keep_sections = options->keep_sections,
		.relax = options->relax,
		.format = (uint32_t)options->format,
		.exports = options->exports,
		.export_names = options->export_names,
		.export_count = options->export_count,
		.kept_names = options->kept_names,
		.kept_count = options->kept_count,
		.names = names,
		.debug_path = options->debug != NULL ? options->debug : options->path,
		.debug_given = options->debug != NULL,
		.debug_wanted = options->write_debug,
	};
	size_t length = 0;
	uint8_t *image = pack_check_names(&pack) ? pack_file(&pack, &length) : NULL;
	bool good = image != NULL && must_be_useful(file, image, length) &&
		    pack_verify(&pack, report, image, length);

	if (good)
		warn_of_losses(report);
	if (good && options->lz4) {
		image = compress(&pack, options, image, &length);
		good = image != NULL;
	}
	if (good && pack.debug_image != NULL)
		good = write_output(options->debug, pack.debug_image, pack.debug_length);
	good = good && write_output(options->output, image, length);
	if (good && options->json)
		pack_print_json(&pack, options->output);
	else if (good)
		pack_print(&pack, options->output);
	free(image);
	pack_free(&pack);
	return good;
}

static bool pack_open(const struct options *options)
{
	struct bind_table table = {0};
	struct packed_note note;
	struct report report;
	struct file file;
	bool good = false;

	if (file_open(&file, options->path)) {
		if (packed_note_read(&file, &note)) {
			complain(file.path, "is packed already");
		} else if (file_useless(&file) != NULL) {
			complain(file.path, "%s", file_useless(&file));
		} else if (file.type == ET_EXEC) {
			complain(file.path,
				 "is an executable: its addresses are fixed, and there is "
				 "nothing to pack");
		} else if (options->lz4 && file.type == ET_DYN) {
			complain(file.path, "is a shared object: a load of it must seek, which is "
					    "not possible in a compressed file");
		} else if (options->write_debug && file.type == ET_DYN) {
			complain(file.path, "is a shared object, whose sections stay as they are: "
					    "it is itself what a debugger reads");
		} else {
			if (report_build(&report, &file, &options->assumed))
				good = report_takes(&report) &&
				       (options->bind == NULL ||
					bind_table_read(&table, options->bind, &file)) &&
				       pack_and_write(options, &file, &report,
						      options->bind != NULL ? &table.names : NULL);
			report_free(&report);
		}
	}
	bind_table_free(&table);
	file_close(&file);
	return good;
}

/* ---- unpack ---- */

static bool unpack_open(const struct options *options)
{
	struct packed_note note;
	struct report report;
	struct file file, plain;
	uint8_t *image = NULL;
	size_t length = 0;
	bool good = false;

	if (file_open(&file, options->path)) {
		if (packed_note_read(&file, &note))
			image = packed_expand(&file, &length);
		else if (file.type == ET_DYN)
			complain(file.path, "is a shared object: packed or not, every loader reads "
					    "it as it is");
		else
			complain(file.path, "is not a packed file of a version up to %d",
				 PACKED_VERSION);
	}
	if (image != NULL) {
		file_from_memory(&plain, options->path, image, length);
		good = report_build(&report, &plain, &options->assumed) && report_takes(&report) &&
		       write_output(options->output, image, length);
		report_free(&report);
		file_close(&plain);
	}
	free(image);
	file_close(&file);
	return good;
}

/* ---- the command line ---- */

enum {
	OPTION_FIRMWARE = 256,
	OPTION_HEAP,
	OPTION_INSTR,
	OPTION_DEBUG,
	OPTION_WRITE_DEBUG,
	OPTION_KEEP,
	OPTION_KEEP_ONE,
	OPTION_EXPORT,
	OPTION_RELAX,
	OPTION_FORMAT,
	OPTION_BLOCK,
	OPTION_CHECKSUMS
};

static const struct option pack_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"bind", required_argument, NULL, 'b'},
	{"json", no_argument, NULL, 'j'},
	{"debug-file", required_argument, NULL, OPTION_DEBUG},
	{"write-debug", required_argument, NULL, OPTION_WRITE_DEBUG},
	{"keep-sections", no_argument, NULL, OPTION_KEEP},
	{"keep-section", required_argument, NULL, OPTION_KEEP_ONE},
	{"export", required_argument, NULL, OPTION_EXPORT},
	{"relax", no_argument, NULL, OPTION_RELAX},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"lz4", no_argument, NULL, 'z'},
	{"block", required_argument, NULL, OPTION_BLOCK},
	{"checksums", no_argument, NULL, OPTION_CHECKSUMS},
	{"firmware-at", required_argument, NULL, OPTION_FIRMWARE},
	{"heap-at", required_argument, NULL, OPTION_HEAP},
	{"instr-heap-at", required_argument, NULL, OPTION_INSTR},
	{NULL, 0, NULL, 0}};
static const struct option unpack_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"firmware-at", required_argument, NULL, OPTION_FIRMWARE},
	{"heap-at", required_argument, NULL, OPTION_HEAP},
	{"instr-heap-at", required_argument, NULL, OPTION_INSTR},
	{NULL, 0, NULL, 0}};

/* The names point into the command line. */
static bool take_exports(struct options *options, char *names)
{
	char *name;

	if (strcmp(names, "all") == 0 || strcmp(names, "none") == 0) {
		options->exports = names[0] == 'a' ? LLEXT_EXPORTS_ALL : LLEXT_EXPORTS_NONE;
		options->export_count = 0;
		return true;
	}
	if (names[0] == '\0' || names[0] == ',' || names[strlen(names) - 1] == ',' ||
	    strstr(names, ",,") != NULL)
		return false;
	options->exports = LLEXT_EXPORTS_LIST;
	while ((name = strsep(&names, ",")) != NULL) {
		options->export_names =
			need_more(options->export_names, options->export_count + 1, sizeof(name));
		options->export_names[options->export_count++] = name;
	}
	return true;
}

static bool take_option(int option, struct options *options)
{
	struct assumption *assumed = &options->assumed;

	switch (option) {
	case 'o':
		options->output = optarg;
		return true;
	case 'b':
		options->bind = optarg;
		return true;
	case 'j':
		options->json = true;
		return true;
	case OPTION_DEBUG:
	case OPTION_WRITE_DEBUG:
		options->debug = optarg;
		options->write_debug = option == OPTION_WRITE_DEBUG;
		return true;
	case OPTION_KEEP:
		options->keep_sections = true;
		return true;
	case OPTION_KEEP_ONE:
		options->kept_names = need_more(options->kept_names, options->kept_count + 1,
						sizeof(*options->kept_names));
		options->kept_names[options->kept_count++] = optarg;
		return optarg[0] != '\0';
	case OPTION_EXPORT:
		return take_exports(options, optarg);
	case OPTION_RELAX:
		options->relax = true;
		return true;
	case OPTION_FORMAT:
		return parse_size(optarg, PACKED_VERSION, &options->format) && options->format >= 1;
	case 'z':
		options->lz4 = true;
		return true;
	case OPTION_CHECKSUMS:
		options->checksums = true;
		return true;
	case OPTION_BLOCK:
		return parse_size(optarg, LARGEST_BLOCK, &options->block) &&
		       options->block >= SMALLEST_BLOCK;
	case OPTION_FIRMWARE:
		return assumed->firmware_given =
			       parse_size(optarg, INT64_MAX, &assumed->at.firmware);
	case OPTION_HEAP:
		return assumed->heap_given = parse_size(optarg, INT64_MAX, &assumed->at.heap);
	default:
		return parse_size(optarg, INT64_MAX, &assumed->at.instr_heap);
	}
}

static int parse(int argc, char **argv, const char *letters, const struct option *list,
		 struct options *options)
{
	const char *command = argv[0];
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage(command,
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (!take_option(option, options))
			return wrong_usage(command, "'%s' is no %s", printable(optarg),
					   option == OPTION_BLOCK      ? "size from 64 to 4M"
					   : option == OPTION_EXPORT   ? "list of names"
					   : option == OPTION_KEEP_ONE ? "name of a section"
					   : option == OPTION_FORMAT   ? "version of the format"
								       : "address");
	}
	if (argc - optind != 1)
		return wrong_usage(command,
				   optind == argc ? "no FILE given" : "more than one FILE given");
	if (options->output == NULL)
		return wrong_usage(command, "no --output OUTPUT given");
	if (!options->lz4 && (options->block != 0 || options->checksums))
		return wrong_usage(command, "--block and --checksums are for --lz4");
	if (options->bind != NULL && same_file(options->bind, options->output))
		return wrong_usage(command, "OUTPUT is the file of --bind");
	if (options->debug != NULL && same_file(options->debug, options->output))
		return wrong_usage(command, "OUTPUT is the file of --debug-file");
	if (options->write_debug && (same_file(options->debug, argv[optind]) ||
				     strcmp(options->debug, options->output) == 0))
		return wrong_usage(command, "--write-debug needs a file of its own");
	options->path = argv[optind];
	return EXIT_GOOD;
}

static int pack_command(int argc, char **argv)
{
	struct options options = {.format = PACKED_VERSION};
	int code = parse(argc, argv, ":o:b:jz", pack_options, &options);

	if (code == EXIT_GOOD)
		code = pack_open(&options) ? EXIT_GOOD : EXIT_REFUSED;
	free(options.export_names);
	free(options.kept_names);
	return code;
}

static int unpack_command(int argc, char **argv)
{
	struct options options = {0};
	int code = parse(argc, argv, ":o:", unpack_options, &options);

	if (code != EXIT_GOOD)
		return code;
	return unpack_open(&options) ? EXIT_GOOD : EXIT_REFUSED;
}

const struct command command_pack = {"pack", "write an extension in the form for devices",
				     pack_help, pack_command};
const struct command command_unpack = {"unpack", "write the plain file behind a packed one",
				       unpack_help, unpack_command};
