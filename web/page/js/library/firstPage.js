/** The first page of a search, as its parameters: the answer has links to the thumbnails. */

export const PAGE_SIZE = 60; // photos in one request

export const firstPage = (params) => [...params, ["top", PAGE_SIZE], ["links", "thumbnail"]];
