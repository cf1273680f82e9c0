/* SPDX-License-Identifier: Apache-2.0 */
/* tenon verify: would a firmware take this envelope? */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "verifying.h"

static const char help[] =
	"Usage: tenon verify --ring RING [OPTION...] FILE\n"
	"\n"
	"Verify FILE, a signed extension, as a firmware does: by the code that devices\n"
	"run. The signature must be that of a key of RING, within the key's rights, and\n"
	"every block what was signed. If it is, what the signer claims is printed; if\n"
	"not, which check failed. That takes no key to decrypt: an encrypted FILE is\n"
	"decrypted where a --decrypt-with is given.\n"
	"\n"
	"RING is a key ring (tenon key pub --ring) or a public key, which then has all\n"
	"rights.\n"
	"\n"
	"Options:\n"
	"  -r, --ring RING        whose signature is taken; may be given several times\n"
	"      --decrypt-with KEY a key that the device has: a private key in PEM, or 16\n"
	"                         bytes\n"
	"      --counter N        the lowest security counter that is taken\n"
	"      --vendor UUID      what the firmware is: a FILE that names another one is\n"
	"                         refused\n"
	"      --class UUID       likewise\n"
	"      --device UUID      likewise\n"
	"      --firmware F       the firmware's ELF file, or its fingerprint in\n"
	"                         hexadecimal\n"
	"  -o, --output PAYLOAD   write what was verified, without the envelope\n"
	"  -j, --json             as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon verify --ring vendor.pub codec.llext\n"
	"  tenon verify --ring ring.json --counter 7 codec.llext\n"
	"\n"
	"Exit status:\n"
	"  0  FILE is good\n"
	"  1  it is not, or it cannot be read; which check failed is printed\n"
	"  2  wrong usage\n";

struct options {
	struct verifying verifying;
	const char *path, *output;
	bool json;
};

static const struct option long_options[] = {VERIFYING_OPTIONS,
					     {"output", required_argument, NULL, 'o'},
					     {"json", no_argument, NULL, 'j'},
					     {NULL, 0, NULL, 0}};

static int parse(int argc, char **argv, struct options *options)
{
	int option, code;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":r:o:j", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("verify",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		if (option == 'o') {
			options->output = optarg;
		} else if (option == 'j') {
			options->json = true;
		} else {
			code = verifying_option("verify", option, &options->verifying);
			if (code != EXIT_GOOD)
				return code;
		}
	}
	if (argc - optind != 1)
		return wrong_usage("verify",
				   optind == argc ? "no FILE given" : "more than one FILE given");
	if (options->verifying.ring.count == 0)
		return wrong_usage("verify", "no --ring RING given");
	options->path = argv[optind];
	options->verifying.stays_sealed = options->verifying.secret_count == 0;
	return EXIT_GOOD;
}

static void print(const struct options *options, const struct opened *opened, size_t length)
{
	struct json_object *root;

	if (!options->json) {
		claims_print(opened, length, stdout);
		printf("verified     yes\n");
		return;
	}
	root = json_root("verify");
	json_text(root, "file", options->path);
	claims_print_json(opened, root);
	json_print(root, stdout);
}

static bool verify(const struct options *options)
{
	struct opened opened = {0};
	uint8_t *bytes = NULL;
	size_t length;
	bool good = raw_read(options->path, &bytes, &length);

	if (good && !is_envelope(bytes, length)) {
		complain(options->path, "is not signed: no envelope");
		good = false;
	} else if (good) {
		good = envelope_open(&opened, bytes, length, verifying_trust(&options->verifying));
		if (!good)
			complain_opened(options->path, &opened);
	}
	if (good && options->output != NULL && opened.sealed) {
		complain(options->path,
			 "is encrypted: --decrypt-with KEY says what to read it with");
		good = false;
	}
	if (good && options->output != NULL)
		good = write_output(options->output, opened.payload, opened.claims.bytes);
	if (good)
		print(options, &opened, length);
	free(opened.payload);
	free(bytes);
	return good;
}

static int verify_command(int argc, char **argv)
{
	struct options options = {0};
	int code = parse(argc, argv, &options);

	if (code == EXIT_GOOD)
		code = verify(&options) ? EXIT_GOOD : EXIT_REFUSED;
	verifying_free(&options.verifying);
	return code;
}

const struct command command_verify = {"verify", "check a signed extension as a firmware does",
				       help, verify_command};
