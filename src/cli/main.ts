declare const COCO_DMA_VERSION: string;

process.stdout.write(`coco-dma ${COCO_DMA_VERSION}\n`);
