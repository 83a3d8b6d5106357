import { FAULTS } from './test/sim/faults/all.ts';
