/* TODO: what this driver does right. */
// keep: example_call
#include <linux/device.h>

void example_call_checked(struct device *dev);

/* example_call() is only mentioned here. */
void lab_start(struct device *dev)
{
	example_call_checked(dev);
}
