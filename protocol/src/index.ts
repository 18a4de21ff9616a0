export * from './console.ts';
export * from './gateway.ts';
export * from './net.ts';
