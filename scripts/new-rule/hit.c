/* TODO: what this driver does wrong. */
// keep: example_call
#include <linux/device.h>

void example_call(struct device *dev);

void lab_start(struct device *dev)
{
	example_call(dev);
//	^^^^^^^^^^^^ example-rule certain hint
}
