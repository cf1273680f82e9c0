/* SPDX-License-Identifier: Apache-2.0 */
/* tenon key: keys that sign and decrypt, and the rings that firmware has. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "signing.h"

static const char help[] =
	"Usage: tenon key gen [--type TYPE] -o FILE\n"
	"       tenon key pub [--c | --ring] [RIGHT...] KEY...\n"
	"       tenon key info [--json] KEY...\n"
	"\n"
	"gen writes a new private key, in PEM (PKCS#8), for nobody else to read, and never over a\n"
	"file that is there. TYPE is p256 (the default; ES256 signatures, or ECDH for encrypted\n"
	"files), ed25519 (where the firmware's crypto library has it), or a128kw (16 bytes, a\n"
	"secret that devices share, for encrypted files).\n"
	"\n"
	"pub prints what is public of a KEY: in PEM, with --c as an array for a firmware, with\n"
	"--ring as a key ring (JSON) for tenon verify and tenon run. With either of these a KEY "
	"may\n"
	"be a ring as well, which keeps its rights; other KEYs get these:\n"
	"  --names PREFIX         it signs extensions whose name begins so (default: any)\n"
	"  --counter-limit N      the highest security counter that it may set\n"
	"  --sandbox-only         what it signs is to run in a sandbox\n"
	"  --revoked              nothing that it signed is to be loaded any more\n"
	"\n"
	"info prints a key's algorithm, identifier, and whether it is private.\n"
	"\n"
	"Options:\n"
	"  -o, --output FILE      the file to write\n"
	"  -t, --type TYPE        p256, ed25519 or a128kw\n"
	"  -j, --json             as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon key gen -o vendor.pem\n"
	"  tenon key pub --ring --names codec. vendor.pem >ring.json\n"
	"  tenon key pub --c ring.json >ring.c\n"
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
	uint64_t limit;

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
		if (!parse_size(optarg, UINT32_MAX - 1, &limit))
			return false;
		options->rights.counter_limit = (uint32_t)limit;
		return true;
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
					   printable(argv[optind - 1]));
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
	if (count != 0 || options->output == NULL)
		return wrong_usage("key",
				   count != 0 ? "gen takes no KEY" : "no --output FILE given");
	return key_generate(options->type != NULL ? options->type : "p256", options->output)
		       ? EXIT_GOOD
		       : EXIT_REFUSED;
}

static int print_public(const struct options *options, int count, char **paths)
{
	struct ring ring = {0};
	bool good = true;

	if (options->has_rights && !options->c && !options->ring)
		return wrong_usage("key", "rights are for --c and --ring");
	for (int i = 0; good && i < count; i++) {
		if (options->c || options->ring) {
			good = ring_read(&ring, paths[i], &options->rights);
		} else {
			struct key key;

			good = key_open(&key, paths[i]) && key_write_public(&key, stdout);
			key_close(&key);
		}
	}
	if (good && options->ring)
		ring_print_json(&ring, stdout);
	else if (good && options->c)
		ring_print_c(&ring, stdout);
	ring_free(&ring);
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
	struct json_object *root = json_root("key"), *list = json_list(root, "keys");
	bool good = true;

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
			       hex(key.id, sizeof(key.id)), key.is_private ? "private" : "public");
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

	if (strcmp(what, "gen") != 0 && strcmp(what, "pub") != 0 && strcmp(what, "info") != 0)
		return wrong_usage("key", "gen, pub or info?");
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
	return print_info(&options, count, argv);
}

const struct command command_key = {"key", "make keys that sign, and rings for firmware", help,
				    key_command};
