/* SPDX-License-Identifier: Apache-2.0 */
/* tenon sign: put an extension into a signed envelope. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "explain.h"
#include "inspect.h"
#include "json.h"
#include "verifying.h"

static const char help[] =
	"Usage: tenon sign --key KEY --name NAME --version X.Y.Z --counter N\n"
	"                  [OPTION...] FILE -o OUTPUT\n"
	"       tenon sign --public KEY ... FILE -o UNSIGNED --digest-out DIGEST\n"
	"       tenon sign --public KEY --signature SIGNATURE UNSIGNED -o OUTPUT\n"
	"\n"
	"Put FILE, an extension as it is (plain, packed, compressed), into an envelope\n"
	"that says what it is, signed with KEY: see tenon key. The same input gives the\n"
	"same output, unless it is encrypted. A firmware that has the public half of KEY\n"
	"in its ring takes it.\n"
	"\n"
	"Where the key is in an HSM or with a signing server, the second form writes what\n"
	"is to be signed (for ES256 the SHA-256 of the message, for EdDSA the message),\n"
	"and the third puts the signature (64 bytes, or DER) into its place, after it has\n"
	"verified it.\n"
	"\n"
	"Options:\n"
	"  -k, --key KEY          the private key; never given on the command line itself\n"
	"      --public KEY       the public half of a key that is elsewhere\n"
	"  -n, --name NAME        at most 31 letters, digits, _ and, not first, .+-\n"
	"      --version X.Y.Z    a semantic version\n"
	"  -c, --counter N        the security counter: lower ones are refused once this\n"
	"                         is confirmed\n"
	"  -o, --output OUTPUT    the file to write\n"
	"      --block SIZE       bytes that are verified at a time, a power of two from\n"
	"                         1K to 16K (default 4K); a device needs a buffer of that\n"
	"                         and of a table\n"
	"      --table N          blocks whose digests are in one table of 32 bytes each\n"
	"                         (default 16); `all` puts the payload into one piece, to\n"
	"                         be used in place\n"
	"      --encrypt-to KEY   a device's public key (P-256), or the 16 bytes that\n"
	"                         devices share; may be given several times\n"
	"      --vendor UUID      only for firmware of this vendor\n"
	"      --class UUID       only for devices of this class\n"
	"      --device UUID      only for this device\n"
	"      --firmware F       only for the firmware with this ELF file or fingerprint\n"
	"      --import NAME@X.Y.Z\n"
	"                         it imports from this extension, in this version or a\n"
	"                         later one\n"
	"      --expires DATE     refused from then on: 2027-01-31, whose first second\n"
	"                         (UTC) is meant, or 2027-01-31T12:00:00Z\n"
	"      --sandbox-only     it is to run in a sandbox\n"
	"      --digest-out FILE  write what is to be signed\n"
	"      --signature FILE   the signature that came of it\n"
	"  -j, --json             what was done, as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon sign --key vendor.pem --name codec --version 1.2.0 --counter 7 codec.o \\\n"
	"        -o codec.llext\n"
	"  tenon verify --ring vendor.pub codec.llext\n"
	"\n"
	"Exit status:\n"
	"  0  OUTPUT is written\n"
	"  1  FILE or a key cannot be read, or no loader would take FILE; what is wrong\n"
	"     is printed\n"
	"  2  wrong usage\n";

#define DEFAULT_BLOCK   4096
#define DEFAULT_TABLE   16
#define LARGEST_BYTES   ((size_t)1 << 30)
#define MOST_RECIPIENTS 64

struct options {
	const char *path, *output, *digest_out, *signature;
	struct signing signing;
	struct key signer;
	struct key *recipients;
	uint8_t fingerprint[8];
	uint64_t block;
	uint32_t table; /* 0: all */
	bool has_key, has_public, has_name, has_version, has_counter, has_manifest, json;
};

enum {
	OPTION_PUBLIC = 1024,
	OPTION_VERSION,
	OPTION_BLOCK,
	OPTION_TABLE,
	OPTION_ENCRYPT,
	OPTION_IMPORT,
	OPTION_EXPIRES,
	OPTION_SANDBOX,
	OPTION_DIGEST,
	OPTION_SIGNATURE
};

static const struct option long_options[] = {
	{"key", required_argument, NULL, 'k'},
	{"public", required_argument, NULL, OPTION_PUBLIC},
	{"name", required_argument, NULL, 'n'},
	{"version", required_argument, NULL, OPTION_VERSION},
	{"counter", required_argument, NULL, 'c'},
	{"output", required_argument, NULL, 'o'},
	{"block", required_argument, NULL, OPTION_BLOCK},
	{"table", required_argument, NULL, OPTION_TABLE},
	{"encrypt-to", required_argument, NULL, OPTION_ENCRYPT},
	{"vendor", required_argument, NULL, OPTION_VENDOR_ID},
	{"class", required_argument, NULL, OPTION_CLASS_ID},
	{"device", required_argument, NULL, OPTION_DEVICE_ID},
	{"firmware", required_argument, NULL, OPTION_BOUND_TO},
	{"import", required_argument, NULL, OPTION_IMPORT},
	{"expires", required_argument, NULL, OPTION_EXPIRES},
	{"sandbox-only", no_argument, NULL, OPTION_SANDBOX},
	{"digest-out", required_argument, NULL, OPTION_DIGEST},
	{"signature", required_argument, NULL, OPTION_SIGNATURE},
	{"json", no_argument, NULL, 'j'},
	{NULL, 0, NULL, 0}};

/* ---- values ---- */

static bool parse_version(const char *text, struct llext_version *version)
{
	uint32_t *const parts[] = {&version->major, &version->minor, &version->patch};

	for (int i = 0; i < 3; i++) {
		unsigned long long number;
		char *end;

		if (*text < '0' || *text > '9' ||
		    (*text == '0' && text[1] >= '0' && text[1] <= '9'))
			return false;
		errno = 0;
		number = strtoull(text, &end, 10);
		if (errno != 0 || number > UINT32_MAX || *end != (i < 2 ? '.' : '\0'))
			return false;
		*parts[i] = (uint32_t)number;
		text = end + 1;
	}
	return true;
}

/* NAME@X.Y.Z, which is taken apart where it is. */
static bool add_import(struct signing *signing, char *text)
{
	struct signing_import import = {.name = text};
	char *at = strchr(text, '@');

	if (at == NULL || !parse_version(at + 1, &import.version))
		return false;
	*at = '\0';
	signing->imports = need_more(signing->imports, signing->import_count + 1, sizeof(import));
	signing->imports[signing->import_count++] = import;
	return is_claim_name(import.name, false);
}

static bool parse_date(const char *text, uint32_t *expires)
{
	struct tm when = {0};
	const char *end = strptime(text, "%Y-%m-%d", &when);
	time_t seconds;

	if (end != NULL && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &when);
	if (end == NULL || *end != '\0')
		return false;
	seconds = timegm(&when);
	if (seconds <= 0 || seconds > UINT32_MAX)
		return false;
	*expires = (uint32_t)seconds;
	return true;
}

static bool add_recipient(struct options *options, const char *path)
{
	struct signing *signing = &options->signing;
	struct key *key;

	if (signing->recipient_count == MOST_RECIPIENTS) {
		complain(path, "is one key too many");
		return false;
	}
	key = &options->recipients[signing->recipient_count];
	if (!key_open(key, path))
		return false;
	signing->recipient_count++;
	signing->recipients = options->recipients;
	if (key->pkey == NULL || key->algorithm == LLEXT_ALGORITHM_ES256)
		return true;
	complain(path, "cannot be encrypted to: that takes a P-256 key, or 16 bytes");
	return false;
}

static bool take_signer(struct options *options, bool is_private)
{
	if (options->has_key || options->has_public) {
		complain(optarg, "is one key too many");
		return false;
	}
	if (!key_open(&options->signer, optarg))
		return false;
	options->has_key = is_private;
	options->has_public = !is_private;
	if (options->signer.pkey != NULL && (options->signer.is_private || !is_private))
		return true;
	complain(optarg, is_private ? "is no private key that signs" : "is no key that signs");
	return false;
}

static bool take_fingerprint(struct options *options)
{
	uint64_t value;

	if (!parse_fingerprint(optarg, &value))
		return false;
	for (int i = 0; i < 8; i++)
		options->fingerprint[i] = (uint8_t)(value >> 8 * (7 - i));
	options->signing.fingerprint = options->fingerprint;
	return true;
}

/* ---- the command line ---- */

static int bad(const char *what)
{
	return wrong_usage("sign", "'%s' is no %s", printable(optarg), what);
}

static int take_size(struct options *options, int option)
{
	uint64_t number;

	if (option == OPTION_BLOCK) {
		if (!parse_size(optarg, 16384, &options->block) || options->block < 1024 ||
		    (options->block & (options->block - 1)) != 0)
			return bad("power of two from 1K to 16K");
	} else if (option == OPTION_TABLE) {
		if (strcmp(optarg, "all") == 0)
			options->table = 0;
		else if (parse_size(optarg, 4096, &number) && number > 0)
			options->table = (uint32_t)number;
		else
			return bad("number of blocks from 1 to 4096");
	} else {
		if (!parse_counter(optarg, &options->signing.claims.counter))
			return bad("counter");
		options->has_counter = true;
	}
	return EXIT_GOOD;
}

/* What goes into the manifest. */
static int take_claim(struct options *options, int option)
{
	struct signing *signing = &options->signing;

	options->has_manifest = true;
	switch (option) {
	case 'n':
		if (!is_claim_name(optarg, false))
			return bad(
				"name: letters, digits, _ and, behind the first, .+-; at most 31");
		strcpy(signing->claims.name, optarg);
		options->has_name = true;
		return EXIT_GOOD;
	case OPTION_VERSION:
		options->has_version = parse_version(optarg, &signing->claims.version);
		return options->has_version ? EXIT_GOOD : bad("version such as 1.2.0");
	case OPTION_ENCRYPT:
		return add_recipient(options, optarg) ? EXIT_GOOD : EXIT_REFUSED;
	case OPTION_VENDOR_ID:
	case OPTION_CLASS_ID:
	case OPTION_DEVICE_ID:
		free((void *)(uintptr_t)signing->ids[option - OPTION_VENDOR_ID]);
		signing->ids[option - OPTION_VENDOR_ID] = parse_uuid(optarg);
		return signing->ids[option - OPTION_VENDOR_ID] != NULL ? EXIT_GOOD : bad("UUID");
	case OPTION_BOUND_TO:
		return take_fingerprint(options) ? EXIT_GOOD : EXIT_REFUSED;
	case OPTION_IMPORT:
		return add_import(signing, optarg) ? EXIT_GOOD : bad("import such as codec@1.2.0");
	case OPTION_EXPIRES:
		return parse_date(optarg, &signing->claims.expires) ? EXIT_GOOD : bad("date");
	case OPTION_SANDBOX:
		signing->claims.sandbox_only = true;
		return EXIT_GOOD;
	default:
		return take_size(options, option);
	}
}

static int take_option(struct options *options, int option)
{
	switch (option) {
	case 'k':
	case OPTION_PUBLIC:
		return take_signer(options, option == 'k') ? EXIT_GOOD : EXIT_REFUSED;
	case 'o':
		options->output = optarg;
		return EXIT_GOOD;
	case OPTION_DIGEST:
		options->digest_out = optarg;
		return EXIT_GOOD;
	case OPTION_SIGNATURE:
		options->signature = optarg;
		return EXIT_GOOD;
	case 'j':
		options->json = true;
		return EXIT_GOOD;
	default:
		return take_claim(options, option);
	}
}

static int check_usage(const struct options *options, int count)
{
	if (count != 1)
		return wrong_usage("sign",
				   count == 0 ? "no FILE given" : "more than one FILE given");
	if (options->output == NULL)
		return wrong_usage("sign", "no --output OUTPUT given");
	if (!options->has_key && !options->has_public)
		return wrong_usage("sign", "no --key KEY given");
	if (options->signature != NULL) {
		if (options->has_key || options->digest_out != NULL || options->has_manifest)
			return wrong_usage("sign",
					   "--signature goes with --public and --output only");
		return EXIT_GOOD;
	}
	if (options->has_public && options->digest_out == NULL)
		return wrong_usage("sign", "--public needs --digest-out or --signature");
	if (!options->has_name || !options->has_version || !options->has_counter)
		return wrong_usage("sign", "--name, --version and --counter are needed");
	return EXIT_GOOD;
}

static int parse(int argc, char **argv, struct options *options)
{
	int option, code = EXIT_GOOD;

	opterr = 0;
	while (code == EXIT_GOOD &&
	       (option = getopt_long(argc, argv, ":k:n:c:o:j", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("sign",
					   option == ':' ? "'%s' needs a value" : "no option '%s'",
					   printable(option_at_fault(argv)));
		code = take_option(options, option);
	}
	if (code == EXIT_GOOD)
		code = check_usage(options, argc - optind);
	options->path = argv[optind];
	return code;
}

/* ---- what follows from the file ---- */

static uint8_t *parse_build_id(const char *text, size_t *bytes)
{
	uint8_t *id = need(strlen(text) / 2 + 1, 1);

	*bytes = strlen(text) / 2;
	for (size_t i = 0; i < *bytes; i++) {
		unsigned int value = 0;

		(void)sscanf(text + 2 * i, "%2x", &value);
		id[i] = (uint8_t)value;
	}
	return id;
}

static void take_report(struct signing *signing, const struct report *report)
{
	struct llext_claims *claims = &signing->claims;
	const struct llext_plan *plan = &report->plan;

	claims->payload = !report->packing.is_packed  ? LLEXT_PAYLOAD_ELF
			  : report->file->stored == 0 ? LLEXT_PAYLOAD_PACKED
						      : LLEXT_PAYLOAD_PACKED_LZ4;
	claims->machine = report->file->machine;
	claims->elf_class = report->file->class;
	claims->elf_flags = report->file->flags;
	claims->api_version = LLEXT_API_VERSION;
	claims->memory = (struct llext_claimed_memory){
		.instr_bytes = (uint32_t)plan->instr_bytes,
		.instr_align = (uint32_t)plan->instr_align,
		.data_bytes = (uint32_t)plan->data_bytes,
		.data_align = (uint32_t)plan->data_align,
		.table_bytes = (uint32_t)plan->table_bytes,
		.transient_bytes = (uint32_t)(plan->transient_bytes > report->stream_bytes
						      ? plan->transient_bytes
						      : report->stream_bytes),
	};
	if (report->build_id != NULL)
		signing->build_id = parse_build_id(report->build_id, &signing->build_id_bytes);
}

/* The claims of the file, which must be one that loads. */
static bool examine(struct options *options)
{
	struct assumption assumed = {0};
	struct report report;
	struct file file;
	bool good = file_open(&file, options->path);

	if (good) {
		good = report_build(&report, &file, &assumed) && report_takes(&report);
		if (good)
			take_report(&options->signing, &report);
		report_free(&report);
	}
	file_close(&file);
	return good;
}

/* ---- signing ---- */

static bool write_digest(const struct options *options, const uint8_t *message, size_t count)
{
	struct llext_hash hash;
	uint8_t digest[LLEXT_HASH_BYTES];

	if (options->signer.algorithm == LLEXT_ALGORITHM_EDDSA)
		return write_output(options->digest_out, message, count);
	if (llext_hash_init(&hash) != 0 || llext_hash_update(&hash, message, count) != 0 ||
	    llext_hash_final(&hash, digest) != 0)
		return false;
	return write_output(options->digest_out, digest, sizeof(digest));
}

static bool sign_envelope(const struct options *options, uint8_t *envelope, size_t length)
{
	size_t count;
	uint8_t *message = envelope_message(options->path, envelope, length, &count);
	bool good = message != NULL;

	if (good && options->digest_out != NULL)
		good = write_digest(options, message, count);
	if (good && options->has_key)
		good = key_sign(&options->signer, message, count,
				envelope_signature(envelope, length));
	free(message);
	return good;
}

/*
 * Write the envelope and say so, unless no device would take it: what somebody else has signed may
 * have lost its end on the way, or may have been changed behind the manifest.
 */
static bool finish(const struct options *options, const uint8_t *envelope, size_t length)
{
	struct opened opened;
	struct json_object *root;
	bool good = envelope_open(&opened, envelope, length, NULL);

	if (!good)
		complain_opened(options->path, &opened);
	if (good && same_file(options->output, options->signer.path)) {
		complain(options->output, "is the KEY: it is not written over");
		good = false;
	}
	free(opened.payload);
	opened.payload = NULL;
	good = good && write_output(options->output, envelope, length);
	if (good && options->json) {
		root = json_root("sign");
		json_text(root, "output", options->output);
		json_number(root, "file_bytes", length);
		claims_print_json(&opened, root);
		json_print(root, stdout);
	} else if (good) {
		printf("%s: %s %u.%u.%u, counter %u, %zu bytes%s\n", printable(options->output),
		       printable(opened.claims.name), opened.claims.version.major,
		       opened.claims.version.minor, opened.claims.version.patch,
		       opened.claims.counter, length,
		       options->has_public && options->signature == NULL ? ", not signed yet" : "");
	}
	return good;
}

static bool sign(struct options *options)
{
	struct llext_claims *claims = &options->signing.claims;
	uint8_t *payload = NULL, *envelope = NULL;
	size_t bytes, length = 0;
	bool good = raw_read(options->path, &payload, &bytes);

	if (good && is_envelope(payload, bytes)) {
		complain(options->path, "is signed already");
		good = false;
	} else if (good && bytes > LARGEST_BYTES) {
		complain(options->path, "has more than 1 GiB");
		good = false;
	}
	good = good && examine(options);
	if (good) {
		claims->block_bytes = (uint32_t)options->block;
		claims->table_blocks = options->table != 0
					       ? options->table
					       : (uint32_t)((bytes - 1) / options->block + 1);
		if (claims->table_blocks > 4096) {
			complain(options->path, "has more than 4096 blocks, the most of one table");
			good = false;
		}
	}
	if (good)
		envelope = envelope_build(&options->signing, payload, bytes, &length);
	good = envelope != NULL && sign_envelope(options, envelope, length) &&
	       finish(options, envelope, length);
	free(envelope);
	free(payload);
	return good;
}

/* Put a signature that was made elsewhere into its place. */
static bool put_signature(struct options *options)
{
	uint8_t id[LLEXT_KEY_ID_BYTES], signature[LLEXT_SIGNATURE_BYTES], algorithm;
	uint8_t *envelope = NULL, *message = NULL;
	size_t length, count;
	bool good = raw_read(options->path, &envelope, &length);

	if (good)
		message = envelope_message(options->path, envelope, length, &count);
	good = message != NULL &&
	       key_read_signature(&options->signer, options->signature, signature);
	if (good) {
		envelope_signer(envelope, id, &algorithm);
		if (memcmp(id, options->signer.id, sizeof(id)) != 0) {
			complain(options->path, "is to be signed with the key %s, not %s",
				 hex(id, sizeof(id)), hex(options->signer.id, sizeof(id)));
			good = false;
		} else if (!key_verify(&options->signer, message, count, signature)) {
			complain(options->signature, "is not the signature of %s",
				 printable(options->path));
			good = false;
		}
	}
	if (good)
		memcpy(envelope_signature(envelope, length), signature, sizeof(signature));
	good = good && finish(options, envelope, length);
	free(message);
	free(envelope);
	return good;
}

static void options_free(struct options *options)
{
	for (int i = 0; i < 3; i++)
		free((void *)(uintptr_t)options->signing.ids[i]);
	for (size_t i = 0; i < options->signing.recipient_count; i++)
		key_close(&options->recipients[i]);
	free(options->recipients);
	free(options->signing.imports);
	free((void *)(uintptr_t)options->signing.build_id);
	key_close(&options->signer);
}

static int sign_command(int argc, char **argv)
{
	struct options options = {.block = DEFAULT_BLOCK, .table = DEFAULT_TABLE};
	int code;

	options.recipients = need(MOST_RECIPIENTS + 1, sizeof(*options.recipients));
	options.signing.signer = &options.signer;
	code = parse(argc, argv, &options);
	if (code == EXIT_GOOD)
		code = (options.signature != NULL ? put_signature(&options) : sign(&options))
			       ? EXIT_GOOD
			       : EXIT_REFUSED;
	options_free(&options);
	return code;
}

const struct command command_sign = {"sign", "put an extension into a signed envelope", help,
				     sign_command};
