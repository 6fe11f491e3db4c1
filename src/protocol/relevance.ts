/**
 * Parts of the words that make a file worth a look; every word that the engine looks for holds one of them. The client
 * asks this before it starts the server at all, so an ordinary C project costs one pass over a text.
 */
const fragments = /dma|swiotlb|device_|co_external|set_memory_|vmbus_\w*(?:sendpacket_|gpadl)|scsi_sg_count/;

/** False when a text certainly holds nothing to analyse. */
export function mayMatter(text: string): boolean {
  return fragments.test(text);
}

/** The languages of the documents that are analysed. VS Code calls a header C++. */
export const languages: readonly string[] = ['c', 'cpp'];
