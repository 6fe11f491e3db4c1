/**
 * Makes a kernel believe, before it looks, that it is a TDX guest: `cc_vendor` is what its own `cc_platform_has()` goes by, and
 * so its own `force_dma_unencrypted()`, the state of its pools, and their conversion. Nothing of the kernel is replaced, with
 * one exception: on 6.1 the hook after a conversion reports failure where no platform has set another.
 */
import type { Debugger } from './gdb';
import type { OracleKernel } from './packages';

/** Addresses by name, hexadecimal, as the guest reads them in /proc/kallsyms. */
export type Symbols = Readonly<Record<string, string>>;

/** CC_VENDOR_INTEL. In 6.1, 2 is Hyper-V. */
const intel: Readonly<Record<OracleKernel, number>> = { '6.1': 3, '6.12': 2, '7.2': 2, '7.3': 2 };

/** Bytes of `struct x86_platform_ops` that are searched for the hook. */
const platformBytes = 512;

function addressOf(symbols: Symbols, name: string): bigint {
  const text = symbols[name];
  if (text === undefined) throw new Error(`the kernel has no symbol ${name}`);
  return BigInt(`0x${text}`);
}

function pointer(address: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(address);
  return bytes;
}

/** 6.1: `x86_platform.guest.enc_status_change_finish` becomes a function that reports success. */
async function letConversionsSucceed(gdb: Debugger, symbols: Symbols): Promise<void> {
  const platform = addressOf(symbols, 'x86_platform');
  const members = await gdb.read(platform, platformBytes);
  const at = members.indexOf(pointer(addressOf(symbols, 'enc_status_change_finish_noop')));
  if (at < 0) throw new Error('x86_platform has no hook that is enc_status_change_finish_noop()');
  await gdb.write(platform + BigInt(at), pointer(addressOf(symbols, 'enc_status_change_prepare_noop')));
}

/** Stops a guest at `start_kernel()`, makes it a TDX guest, and lets it go. */
export async function makeConfidential(kernel: OracleKernel, gdb: Debugger, symbols: Symbols): Promise<void> {
  await gdb.runTo(addressOf(symbols, 'start_kernel'));
  const vendor = Buffer.alloc(4);
  vendor.writeUInt32LE(intel[kernel]);
  await gdb.write(addressOf(symbols, 'cc_vendor'), vendor);
  if (kernel === '6.1') await letConversionsSucceed(gdb, symbols);
  await gdb.detach();
}
