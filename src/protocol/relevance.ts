/**
 * Every word that the engine looks for contains one of these fragments. The client tests for them before it starts the
 * server, so an ordinary C project costs one pass over each text.
 */
const fragments = /dma|swiotlb|device_|co_external|set_memory_|vmbus_\w*(?:sendpacket_|gpadl)|scsi_sg_count/;

/** False if a text certainly has nothing to analyze. */
export function mayMatter(text: string): boolean {
  return fragments.test(text);
}

/** The languages of the documents to analyze. VS Code treats headers as C++. */
export const languages: readonly string[] = ['c', 'cpp'];
