import { toUSVString } from 'node:util';

/**
 * The files that a Plotly figure shows as background images (`layout.images[].source`); the SDK uploads them beside the plot,
 * and they go when the plot goes. Images inside the figure (`data:`) are no files.
 */
export function sourceUrls(plot: string): string[] {
  // Most plots have none, and a plot may be megabytes.
  if (!plot.includes('"source"')) return [];
  const urls = imagesOf(plot).flatMap((image) => {
    const source = image?.source;
    return typeof source === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? [toUSVString(source)] : [];
  });
  return [...new Set(urls)];
}

function imagesOf(plot: string): ({ source?: unknown } | null)[] {
  let figure: { layout?: { images?: unknown } } | null;
  try {
    figure = JSON.parse(plot);
  } catch {
    // Stored as it came: whether it can be drawn is the reader's business.
    return [];
  }
  const images = figure?.layout?.images;
  return Array.isArray(images) ? images : [];
}
