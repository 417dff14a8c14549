// Colour JPEG of eight bits, decoded by the browser. Stands in for the loader's own function, which goes through
// an image at a `data:` address that the page's policy refuses (see build/plugins.ts).

interface ImageFrame {
  rows: number;
  columns: number;
  pixelData: Uint8Array;
  pixelDataLength: number;
  imageData: ImageData;
  smallestPixelValue: number;
  largestPixelValue: number;
  decodeTimeInMS: number;
}

/** Fills `imageFrame` with red, green, blue and opacity, as the loader expects of this function. */
export default async function decodeJPEGBaseline8BitColor(
  imageFrame: ImageFrame,
  pixelData: Uint8Array<ArrayBuffer>,
  canvas: HTMLCanvasElement,
): Promise<ImageFrame> {
  const start = performance.now();
  // As stored: no colour profile of the screen, no turning by EXIF.
  const bitmap = await createImageBitmap(new Blob([pixelData], { type: 'image/jpeg' }), {
    colorSpaceConversion: 'none',
    imageOrientation: 'none' as ImageOrientation,
  }).catch(() => createImageBitmap(new Blob([pixelData], { type: 'image/jpeg' })));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas to decode on');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const imageData = context.getImageData(0, 0, canvas.width, canvas.height);
  const bytes = new Uint8Array(imageData.data.buffer);
  return Object.assign(imageFrame, {
    rows: canvas.height,
    columns: canvas.width,
    pixelData: bytes,
    pixelDataLength: bytes.length,
    imageData,
    smallestPixelValue: 0,
    largestPixelValue: 255,
    decodeTimeInMS: performance.now() - start,
  });
}
