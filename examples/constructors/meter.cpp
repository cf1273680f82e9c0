/* SPDX-License-Identifier: Apache-2.0 */
/* A static object: constructed when the extension is brought up, destroyed when it is torn down. */
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>

namespace
{

struct source {
	virtual int read() = 0;
};

class counter : public source
{
      public:
	explicit counter(int first) : value(first)
	{
		printk("  up: counter starts at %d\n", value);
	}
	~counter()
	{
		printk("  down: counter ended at %d\n", value);
	}
	int read() override
	{
		return value++;
	}

      private:
	int value;
};

int initial()
{
	return 40;
}

counter the_counter(initial());
source *volatile any = &the_counter;

} // namespace

extern "C" int meter_read(void)
{
	return any->read();
}
LL_EXTENSION_SYMBOL(meter_read);
