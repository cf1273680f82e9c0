/* SPDX-License-Identifier: Apache-2.0 */
/* ESP-IDF has its headers in a folder. */
#include <freertos/semphr.h>
