/** The dashboard begins here. */
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/parts.css';
import './style/views.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { live } from './node/live.ts';

live.start();
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
