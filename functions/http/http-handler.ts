import type { APIGatewayProxyResult, LambdaContext, LambdaEvent } from 'hono/aws-lambda';

/** What API Gateway hands on. */
export type GatewayEvent = LambdaEvent;

export type HttpAnswer = APIGatewayProxyResult;

/** An entry point of Lambda behind API Gateway. */
export type HttpHandler = (event: GatewayEvent, context?: LambdaContext) => Promise<HttpAnswer>;
