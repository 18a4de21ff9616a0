export * from './console.ts';
export * from './gateway.ts';
export * from './gateway-errors.ts';
export * from './net.ts';
