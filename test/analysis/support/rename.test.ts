import assert from 'node:assert/strict';
import { kernelNames, rename, renameExpression } from './rename';

const header = `
struct hv_device {
	struct vmbus_channel *channel;
	struct device device;
	int (*probe)(struct hv_device *dev);
};
#define to_dev(pdev) container_of(pdev, struct hv_device, device)
static inline int dev_name(struct device *dev)
{
	int hidden = 1;
	return hidden;
}
int device_add(struct device *dev);
`;
const kernel = kernelNames([header]);

const code = `#include <linux/device.h>
struct lab_priv {
	struct hv_device *hdev;
	int channel_count;
};
/* hdev stays here */
static int lab_add(struct lab_priv *priv, struct hv_device *channel)
{
	struct device *dev = &priv->hdev->device;

	if (channel->channel)
		return device_add(dev);
	printk("hdev");
	return CONFIG_X;
}
`;

describe('renaming of fixtures', () => {
  it('takes names from headers, without parameters and bodies', () => {
    assert.ok(kernel.words.has('device_add') && kernel.words.has('to_dev') && kernel.words.has('hv_device'));
    assert.ok(kernel.fields.has('channel') && kernel.fields.has('device') && kernel.fields.has('probe'));
    for (const name of ['dev', 'pdev', 'hidden']) assert.ok(!kernel.words.has(name), name);
  });

  const { texts, names } = rename([code], kernel, ['lab_priv']);
  const [text = ''] = texts;

  it('keeps every offset', () => {
    assert.equal(text.length, code.length);
    assert.equal(text.split('\n').length, code.split('\n').length);
  });

  it('renames functions, parameters, locals and private members alike wherever they stand', () => {
    for (const name of ['lab_add', 'priv', 'dev', 'hdev', 'channel_count']) assert.ok(names.has(name), name);
    assert.ok(text.includes(`&${names.get('priv')}->${names.get('hdev')}->device`));
    assert.ok(text.includes(`${names.get('channel')}->channel)`));
  });

  it('leaves the kernel, kept names, comments and strings alone', () => {
    for (const part of [
      'struct lab_priv',
      'device_add(',
      '/* hdev stays here */',
      '"hdev"',
      'CONFIG_X',
      '<linux/device.h>',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  it('renames expressions the same way', () => {
    assert.equal(
      renameExpression('priv->hdev->device', kernel, names),
      `${names.get('priv')}->${names.get('hdev')}->device`,
    );
  });
});
