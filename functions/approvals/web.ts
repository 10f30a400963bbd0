export { handle } from 'hono/aws-lambda';
export { createApp } from './app.ts';
