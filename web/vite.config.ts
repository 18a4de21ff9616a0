import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

const server = 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the `<base>` of index.html is the only place that knows the path the console is served under.
  base: './',
  plugins: [react()],
  // Workspace packages are bundled from their sources, so that the console builds without their dist/.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // Fonts and images as files: a content policy then needs no `data:` addresses for them.
    assetsInlineLimit: 0,
    // One file with what every visit begins with, one with what most pages share (dozens of small ones would cost more in requests
    // than they save), and none with what the first page does not need: acceptance/console/weight.test.ts.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'start', tags: ['$initial'], priority: 1 },
            { name: 'shared', minShareCount: 14 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': server, '/console': server, '/files': server } },
});
