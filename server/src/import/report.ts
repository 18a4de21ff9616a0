/** What became of one row: taken now, there since an earlier import or by hand, or not taken. */
export type Verdict = 'taken' | 'there' | 'not taken';

export interface RowReport {
  table: string;
  row: number;
  verdict: Verdict;
  /** Why it was not taken, or what a person should know. */
  notes: string[];
}

/** Gathers what became of each row. */
export class Report {
  readonly rows: RowReport[] = [];
  /** What concerns a whole table. */
  readonly faults: string[] = [];

  add(table: string, row: number, verdict: Verdict, notes: string[] = []): void {
    this.rows.push({ table, row, verdict, notes });
  }

  /** For people: the counts of each table, and every row that has something to say. */
  text(): string {
    const tables = [...new Set(this.rows.map(({ table }) => table))];
    const lines = tables.flatMap((table) => this.#tableLines(this.rows.filter((row) => row.table === table)));
    return [...lines, ...this.faults].join('\n');
  }

  /** For programs: one JSON object a row. */
  ndjson(): string {
    return this.rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  }

  #tableLines(rows: RowReport[]): string[] {
    const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
    const counts = `${count('taken')} taken, ${count('there')} there already, ${count('not taken')} not taken`;
    const told = rows.filter(({ verdict, notes }) => verdict === 'not taken' || notes.length > 0);
    const lines = told.map(({ row, verdict, notes }) => `  row ${row}: ${verdict}: ${notes.join('; ')}`);
    return [`${rows[0]?.table}: ${counts}`, ...lines];
  }
}
