import { MemoryStore } from '../../../src/store/memory-store.ts';
import { storeSuite } from '../../suites/store.ts';

storeSuite('the store in memory', async () => new MemoryStore());
