export { DiskStore } from './disk-store.ts';
export { fileServer } from './file-server.ts';
export { FileLinks } from './links.ts';
export { pathOfUrl } from './paths.ts';
export { FileRights } from './rights.ts';
export { UrlSigner } from './signer.ts';
export { deleteFiles, type FileStore, readStoredFile } from './store.ts';
