export { conditions } from './conditions.ts';
export { column, columns, type Entity, type Field } from './entity.ts';
export { countDocuments, findDocument, findDocuments, findExpanded } from './find.ts';
