/* TODO: what this driver does wrong. */
// keep: {{call}}
#include <linux/device.h>

void {{call}}(struct device *dev);

void lab_start(struct device *dev)
{
	{{call}}(dev);
//	{{carets}}= {{id}} certain hint
}
