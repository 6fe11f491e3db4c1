/* TODO: what this driver does right. */
// keep: {{call}}
#include <linux/device.h>

void {{call}}_checked(struct device *dev);

/* {{call}}() is only mentioned here. */
void lab_start(struct device *dev)
{
	{{call}}_checked(dev);
}
