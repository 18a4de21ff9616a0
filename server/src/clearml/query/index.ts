export { column, columns, type Entity, type Field } from './entity.ts';
export { findDocument, findDocuments, findExpanded } from './find.ts';
