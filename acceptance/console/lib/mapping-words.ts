/** What a person reads on the pages of mappings, by language. */
export const english = {
  locale: 'en-GB',
  ...{
    new: 'New',
    save: 'Save',
    edit: 'Edit',
    delete: 'Delete',
    undo: 'Undo',
    create: 'Create',
    done: 'Done',
  },
  ...{ servingTask: 'Serving task', baseUrl: 'Base URL', health: 'Health path', answers: /^It answers, in/ },
  ...{ endpoint: 'Endpoint', alias: 'Alias', task: 'Task', queue: 'Default queue', about: 'Description' },
  ...{ noAnswer: /^Nothing answers there/, published: 'is published', saved: 'is saved', back: 'is back' },
  ...{ inUse: 'It is in use:', calls: '1 call came in the last 7 days', key: '1 consumer key stops working' },
  ...{
    lastMachine: 'No machine is left for this model',
    keys: 'Consumer keys',
    name: 'Name',
    oneKey: 'Your consumer key',
  },
  ...{
    try: 'Try it',
    call: 'Call',
    logged: 'Its row in the log',
    wait: 'Wait for the machine',
    form: 'Form',
    whole: 'This must be a whole number',
  },
  ...{
    two: '2 mappings are deleted',
    twoBack: '2 mappings are back',
    select: 'Select this row',
  },
  ...{ history: 'Last changes', changed: 'changed', copy: 'Copy' },
};
export type Words = typeof english;
export const italian: Words = {
  locale: 'it-IT',
  ...{
    new: 'Nuovo',
    save: 'Salva',
    edit: 'Modifica',
    delete: 'Elimina',
    undo: 'Annulla',
    create: 'Crea',
    done: 'Fatto',
  },
  ...{
    servingTask: 'Serving task',
    baseUrl: 'URL di base',
    health: 'Percorso di controllo',
    answers: /^Risponde, in/,
  },
  ...{ endpoint: 'Endpoint', alias: 'Alias', task: 'Task', queue: 'Coda predefinita', about: 'Descrizione' },
  ...{
    noAnswer: /^Lì non risponde nessuno/,
    published: 'è pubblicato',
    saved: 'è stato salvato',
    back: 'è stato ripristinato',
  },
  ...{
    inUse: 'È in uso:',
    calls: '1 chiamata è arrivata negli ultimi 7 giorni',
    key: '1 consumer key smette di funzionare',
  },
  ...{ lastMachine: 'Per questo modello non resta nessuna macchina', keys: 'Consumer key', name: 'Nome' },
  ...{
    oneKey: 'La tua consumer key',
    try: 'Prova',
    call: 'Chiama',
    logged: 'La sua riga nel log',
    wait: 'Attesa della macchina',
  },
  ...{
    form: 'Modulo',
    whole: 'Deve essere un numero intero',
    two: '2 mapping sono stati eliminati',
    twoBack: '2 mapping sono stati ripristinati',
  },
  ...{
    select: 'Seleziona questa riga',
    history: 'Ultime modifiche',
    changed: 'ha modificato',
    copy: 'Copia',
  },
};
