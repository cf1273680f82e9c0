/* SPDX-License-Identifier: Apache-2.0 */
/* In a file: C++ with a static object, and an import from another extension. */
#include <llext/symbol.h>
#include <zephyr/sys/printk.h>

extern "C" int sensor_read(void);

namespace
{

class trend
{
      public:
	trend() : last(sensor_read())
	{
		printk("trend: constructed, starts at %d tenths\n", last);
	}
	~trend()
	{
		printk("trend: destructed after %d steps\n", steps);
	}
	void step()
	{
		int now = sensor_read();

		printk("trend: %+d tenths\n", now - last);
		last = now;
		steps++;
	}

      private:
	int last;
	int steps = 0;
};

trend the_trend;

} // namespace

extern "C" void trend_step(void)
{
	the_trend.step();
}
LL_EXTENSION_SYMBOL(trend_step);
