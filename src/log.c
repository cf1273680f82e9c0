/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, through the port. */
#include <stdarg.h>
#include "internal.h"

void llext_log(int level, const char *format, ...)
{
	va_list args;

	if (llext_port.log == NULL)
		return;
	va_start(args, format);
	llext_port.log(level, format, args);
	va_end(args);
}

/* One line for the failure, and one for each missing import that the record has room for. */
void llext_log_failure(const char *name)
{
	const struct llext_diag *diag = llext_last_diag();
	char text[256];

	if (LLEXT_LOG_LEVEL < LLEXT_LOG_ERR || llext_port.log == NULL)
		return;
	(void)llext_diag_format(diag, text, sizeof(text));
	LOG(LLEXT_LOG_ERR, "%s is not loaded: %s", name, text);
	for (size_t at = 0; at < diag->missing_len; at += strlen(diag->missing + at) + 1) {
		const char *near = llext_suggest(diag->missing + at);

		LOG(LLEXT_LOG_ERR, "missing import: %s%s%s%s", diag->missing + at,
		    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
		    near != NULL ? "?)" : "");
	}
}
