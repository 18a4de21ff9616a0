export { column, columns, type Entity, type Field } from './entity.ts';
export { findDocument, findDocuments } from './find.ts';
