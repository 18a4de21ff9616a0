export { DiskStore } from './diskstore.ts';
export { type FileServerOptions, fileServer } from './fileserver.ts';
export { FileLinks } from './links.ts';
export { pathOfUrl } from './paths.ts';
export { UrlSigner } from './signer.ts';
export { deleteFiles, type FileStore, readStoredFile } from './store.ts';
