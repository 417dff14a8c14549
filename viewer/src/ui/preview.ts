// What stands in for a picture until it is there: the thumbnail, then a picture the size of a screen, each as it comes.

/** Shows each of `urls`, the coarsest first, in `picture`; none that fails, and none coarser than what is shown. */
export function standIn(picture: HTMLImageElement, urls: string[], wanted: () => boolean): void {
  let best = -1;
  picture.removeAttribute('src');
  urls.forEach((url, rank) => {
    const arriving = new Image();
    arriving.onload = () => {
      if (rank < best || !wanted()) return;
      best = rank;
      picture.src = url;
      picture.dataset['rank'] = String(rank);
      picture.hidden = false;
    };
    arriving.src = url;
  });
}
