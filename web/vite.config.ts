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
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  server: { proxy: { '/api': server, '/console': server, '/files': server } },
});
