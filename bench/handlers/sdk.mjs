// The handler of echo.mjs behind what a usual function loads: two AWS SDK clients and a logger.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';

const clients = [new S3Client({}), new DynamoDBClient({})];
const log = pino({ level: 'warn' });

export async function handler(event) {
  log.debug({ clients: clients.length }, 'an event');
  event.check = event.sequence + event.body.length;
  return event;
}
