#!/usr/bin/env node
/** First code of the command line: V8 is told how small this thread's heap is to stay before anything has filled it. */
import { boundYoung } from '../engine/thread.ts';

boundYoung();
await import('./cli.ts');
