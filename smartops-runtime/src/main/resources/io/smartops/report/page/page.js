'use strict';
(() => {
  const MEBI = 1048576;
  const MARK_PIXELS = 9;
  const CHART_HEIGHT = 190;
  const MARKS_SHOWN = 40;
  const LOADER = ['PREFETCH_DEPTH', 'LOADER_WORKERS', 'LIBTORCH_THREADS', 'TRANSFER_TYPE'];
  const OUT_OF_MEMORY = 'OUT_OF_MEMORY';
  const LIVE = document.documentElement.dataset.mode === 'live';
  const $ = id => document.getElementById(id);
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const columns = {};
  const state = { run: {}, totals: {}, compute: {}, metrics: [], deviceTimes: [], marks: [], leftOut: 0, tuned: [] };
  let allMarks = false;

  // ---- text

  const el = (tag, props = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  };
  const number = (v, digits = 0) => v == null ? '–' : v.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const short = v => v == null ? '–'
    : Number.isInteger(v) && Math.abs(v) < 1e9 ? number(v)
    : Math.abs(v) >= 1e9 ? v.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 2 })
    : Math.abs(v) >= 100 ? number(v) : Math.abs(v) >= 10 ? number(v, 1)
    : Math.abs(v) >= 0.01 ? String(+v.toPrecision(3)) : v.toExponential(1);
  const duration = s => s == null ? '–' : s < 90 ? number(s, s < 10 ? 1 : 0) + ' s'
    : s < 5400 ? Math.floor(s / 60) + ' min ' + Math.round(s % 60) + ' s'
    : Math.floor(s / 3600) + ' h ' + Math.round(s % 3600 / 60) + ' min';
  const clock = s => s < 600 ? (Number.isInteger(s) ? s : +s.toFixed(3)) + ' s' : s < 36000 ? +(s / 60).toFixed(1) + ' min' : +(s / 3600).toFixed(2) + ' h';
  const share = (v, digits = 1) => v == null ? '–' : number(100 * v, digits) + ' %';
  const flops = v => v == null ? '–' : v >= 1e12 ? short(v / 1e12) + ' TFLOP/s' : short(v / 1e9) + ' GFLOP/s';
  const markText = m => m.kind === OUT_OF_MEMORY
    ? `step ${m.step}: out of memory: ${m.reason}`
    : `step ${m.step}: ${m.label} ${m.from} → ${m.to}, because ${m.reason}`;

  // ---- data

  const merge = update => {
    const { from, columns: fresh } = update.steps;
    for (const [name, values] of Object.entries(fresh)) {
      columns[name] = (columns[name] || []).slice(0, from).concat(values);
    }
    const devices = update.devices;
    state.deviceTimes = state.deviceTimes.slice(0, devices.from).concat(devices.t);
    state.metrics = devices.metrics.map(metric => {
      const known = state.metrics.find(m => m.key === metric.key);
      return { ...metric, rows: metric.rows.map(row => {
        const before = known && known.rows.find(r => r.name === row.name);
        const old = before ? before.values.slice(0, devices.from) : Array(devices.from).fill(null);
        return { name: row.name, values: old.concat(row.values) };
      }) };
    });
    state.marks = state.marks.slice(0, update.marks.from).concat(update.marks.list);
    state.leftOut = update.marks.leftOut;
    Object.assign(state, { run: update.run, totals: update.totals, compute: update.compute, tuned: update.tuned });
  };

  // ---- tooltip

  const tip = $('tip');
  const showTip = (lines, x, y) => {
    tip.replaceChildren(...lines.map(line => el('p', { textContent: line })));
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(innerWidth - width - 8, x - width / 2)) + 'px';
    tip.style.top = (y + 18 + height > innerHeight ? Math.max(8, y - height - 12) : y + 18) + 'px';
  };
  const hideTip = () => { tip.hidden = true; };

  // ---- charts

  const line = (key, label, colour, extra = {}) => ({ key, label, colour, ...extra });
  const CHARTS = [
    { id: 'throughput', title: 'Throughput', unit: 'samples/s', series: [line('rate', 'samples/s', '--c1', { fill: true })], marks: null, zero: true },
    { id: 'loss', title: 'Loss', unit: 'training batches', series: [line('loss', 'loss', '--c2')], marks: ['PRECISION', OUT_OF_MEMORY], format: v => v == null ? '–' : +v.toPrecision(4) + '' },
    { id: 'memory', title: 'Memory', unit: 'MiB of the process', series: [line('used', 'used', '--c1', { fill: true }), line('predicted', 'predicted peak', '--c3', { dash: [5, 4] }), line('limit', 'limit', '--bad', { width: 1.5 })], scale: 1 / MEBI, marks: ['MICRO_BATCH', 'EVALUATION_BATCH', 'PRECISION', OUT_OF_MEMORY], format: v => number(v), zero: true },
    { id: 'micro', title: 'Micro-batch', unit: 'samples', series: [line('micro', 'micro-batch', '--c4', { stepped: true, fill: true })], marks: ['MICRO_BATCH', OUT_OF_MEMORY], format: v => number(v), zero: true },
    { id: 'parts', title: 'Accumulation', unit: 'micro-batches in a step', series: [line('parts', 'micro-batches', '--c3', { stepped: true })], marks: ['MICRO_BATCH', OUT_OF_MEMORY], format: v => number(v), zero: true },
    { id: 'time', title: 'Step time', unit: 'ms', series: [line('stepMs', 'mean', '--c1'), line('slowMs', 'slowest', '--c2', { dash: [3, 3] })], marks: [], zero: true },
    { id: 'wait', title: 'Waiting for data', unit: '% of the step', series: [line('wait', 'waiting', '--c2', { fill: true })], scale: 100, marks: LOADER, zero: true, floor: 1 },
    { id: 'prefetch', title: 'Prefetch', unit: 'batches, threads', series: [line('depth', 'depth', '--c1', { stepped: true }), line('workers', 'workers', '--c3', { stepped: true, dash: [5, 4] })], marks: LOADER, format: v => number(v), zero: true, none: 'The adaptive loader does not feed this run.' },
    { id: 'precision', title: 'Precision', unit: '', series: [line('precision', 'precision', '--c4', { stepped: true, words: true })], marks: ['PRECISION'] },
    { id: 'mfu', title: 'Model FLOPs utilisation', unit: '% of the peak', series: [line('mfu', 'MFU', '--c3', { fill: true })], scale: 100, marks: [], zero: true, none: () => state.compute.source || 'The model’s work or the device’s peak is not known.' },
  ];

  const hasData = values => values && values.some(v => v != null);

  class Chart {
    constructor(spec, parent) {
      this.spec = spec;
      this.words = [];
      this.plot = null;
      this.body = el('div');
      this.note = el('span', { textContent: spec.unit });
      const card = el('div', { className: 'card', id: 'chart-' + spec.id }, el('div', { className: 'head' }, el('h3', { textContent: spec.title }), this.note), this.body);
      parent.append(card);
    }

    values(series) {
      const raw = this.spec.source ? this.spec.source(series) : columns[series.key] || [];
      if (series.words) {
        this.words = [...new Set([...this.words, ...raw.filter(w => w != null)])];
        return raw.map(w => w == null ? null : this.words.indexOf(w));
      }
      const factor = this.spec.scale || 1;
      return factor === 1 ? raw : raw.map(v => v == null ? null : v * factor);
    }

    times() { return this.spec.times ? this.spec.times() : columns.t || []; }

    draw() {
      const data = [this.times(), ...this.spec.series.map(s => this.values(s))];
      if (!data.slice(1).some(hasData)) {
        this.drawNone();
        return;
      }
      if (!this.plot) {
        this.body.replaceChildren();
        this.plot = new uPlot(this.options(data), data, this.body);
        const root = this.plot.root;
        root.setAttribute('role', 'img');
        this.plot.over.tabIndex = -1;
      } else {
        this.plot.setData(data, !this.zoomed());
      }
      this.plot.root.setAttribute('aria-label', this.describe(data));
      this.drawMarks();
    }

    zoomed() {
      const { min, max } = this.plot.scales.x;
      const t = this.plot.data[0];
      return min > t[0] + 1e-9 || max < this.lastTime - 1e-9;
    }

    /** The legend takes its colours when the plot is made. */
    recolour() {
      if (!this.plot) return;
      this.forget();
      this.draw();
    }

    forget() {
      if (this.plot) { this.plot.destroy(); this.plot = null; }
    }

    drawNone() {
      this.forget();
      const none = typeof this.spec.none === 'function' ? this.spec.none() : this.spec.none;
      this.body.replaceChildren(el('div', { className: 'none' }, el('b', { textContent: 'Not available here' }), el('br'), none || 'Nothing has been read yet.'));
    }

    format(v) { return this.words.length ? (this.words[v] || '') : this.spec.format ? this.spec.format(v) : short(v); }

    describe(data) {
      this.lastTime = data[0][data[0].length - 1];
      const parts = this.spec.series.map((s, i) => {
        const values = data[i + 1].filter(v => v != null);
        if (!values.length) return null;
        const [first, last] = [values[0], values[values.length - 1]];
        return `${s.label} from ${this.format(first)} to ${this.format(last)}`;
      }).filter(Boolean);
      return `${this.spec.title}${this.spec.unit ? ' in ' + this.spec.unit : ''} over ${duration(this.lastTime)}: ${parts.join('; ')}`;
    }

    options() {
      const axis = { stroke: () => css('--quiet'), grid: { stroke: () => css('--grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
      const spec = this.spec;
      return {
        width: this.width(), height: CHART_HEIGHT, padding: [8, 18, 0, 0],
        cursor: { sync: { key: 'run' }, y: false, points: { size: 7 } },
        scales: { x: { time: false }, y: { range: (u, min, max) => this.range(min, max) } },
        axes: [
          { ...axis, size: 26, gap: 4, values: (u, splits) => splits.map(clock) },
          { ...axis, size: 54, gap: 4, values: (u, splits) => splits.map(v => this.words.length ? (Number.isInteger(v) ? this.words[v] || '' : '') : short(v)) },
        ],
        series: [
          { label: 'time', value: (u, v) => v == null ? '' : clock(+v.toFixed(2)) },
          ...spec.series.map(s => ({
            label: s.label, stroke: () => css(s.colour), width: s.width || 1.75, dash: s.dash, spanGaps: true,
            fill: s.fill ? () => css(s.colour) + '1f' : undefined, points: { show: u => u.data[0].length < 3 },
            paths: s.stepped ? uPlot.paths.stepped({ align: -1 }) : undefined,
            value: (u, v) => v == null ? this.format(this.latest(u, s)) : this.format(v),
          })),
        ],
        hooks: { setScale: [(u, key) => { if (key === 'x') this.drawMarks(); }], setSize: [() => this.drawMarks()] },
      };
    }

    /** Without a cursor the legend shows the latest value. */
    latest(u, s) {
      const values = u.data[this.spec.series.indexOf(s) + 1];
      for (let i = values.length - 1; i >= 0; i--) if (values[i] != null) return values[i];
      return null;
    }

    range(min, max) {
      if (min == null || max == null) return [0, 1];
      if (this.words.length) return [-0.5, this.words.length - 0.5];
      if (this.spec.zero) return [0, Math.max(max * 1.12, this.spec.floor || 0) || 1];
      const room = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
      return [min - room, max + room];
    }

    width() { return Math.max(200, this.body.clientWidth); }

    resize() {
      if (this.plot && this.plot.width !== this.width()) this.plot.setSize({ width: this.width(), height: CHART_HEIGHT });
    }

    drawMarks() {
      const u = this.plot;
      if (!u) return;
      u.over.querySelectorAll('.mark').forEach(m => m.remove());
      const { min, max } = u.scales.x;
      const groups = [];
      for (const mark of state.marks) {
        if (this.spec.marks && !this.spec.marks.includes(mark.kind)) continue;
        if (mark.t < min || mark.t > max) continue;
        const x = u.valToPos(mark.t, 'x');
        const last = groups[groups.length - 1];
        if (last && x - last.x < MARK_PIXELS) last.marks.push(mark); else groups.push({ x, marks: [mark] });
      }
      u.over.append(...groups.map(markButton));
    }
  }

  const markButton = ({ x, marks }) => {
    const bad = marks.some(m => m.kind === OUT_OF_MEMORY);
    const lines = marks.slice(0, 5).map(markText);
    if (marks.length > 5) lines.push(`and ${marks.length - 5} more: see the list below`);
    const button = el('button', { type: 'button', className: bad ? 'mark bad' : 'mark' }, el('i'));
    button.style.left = x + 'px';
    button.setAttribute('aria-label', lines.join('. '));
    const show = () => { const box = button.firstChild.getBoundingClientRect(); showTip(lines, box.left + box.width / 2, box.top); };
    button.onmouseenter = button.onfocus = button.onclick = show;
    button.onmouseleave = button.onblur = hideTip;
    button.onmousedown = e => e.stopPropagation();
    button.onkeydown = e => { if (e.key === 'Escape') hideTip(); };
    return button;
  };

  // ---- heatmaps

  // Stops from calm to hot; on a dark page the calm end is dark.
  const PALETTES = {
    UTILISATION: { light: ['#eaf1fd', '#9cc2f8', '#3b82f6', '#1e40af', '#172554'], dark: ['#14202f', '#1d4477', '#2f7de1', '#7cc0ff', '#e2f2ff'] },
    TEMPERATURE: { light: ['#fef3c7', '#fbbf24', '#f97316', '#dc2626', '#7f1d1d'], dark: ['#2a1a12', '#7c2d12', '#ea580c', '#fbbf24', '#fef9c3'] },
  };
  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  };
  const stops = key => PALETTES[key][isDark() ? 'dark' : 'light'].map(c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16)));
  const colour = (stopList, at) => {
    const place = Math.max(0, Math.min(1, at)) * (stopList.length - 1);
    const low = Math.min(stopList.length - 2, Math.floor(place));
    return stopList[low].map((c, i) => Math.round(c + (stopList[low + 1][i] - c) * (place - low)));
  };

  class Heatmap {
    constructor(key, title, range, parent) {
      Object.assign(this, { key, title, range });
      this.body = el('div');
      this.note = el('span');
      parent.append(el('div', { className: 'card', id: 'heat-' + key.toLowerCase() }, el('div', { className: 'head' }, el('h3', { textContent: title }), this.note), this.body));
    }

    draw() {
      const metric = state.metrics.find(m => m.key === this.key);
      const rows = metric ? metric.rows.filter(r => hasData(r.values)) : [];
      if (!rows.length) {
        this.note.textContent = '';
        this.body.replaceChildren(el('div', { className: 'none' }, el('b', { textContent: 'Not available here' }), el('br'), metric ? 'Needs ' + metric.need + '.' : 'Nothing has been read yet.'));
        return;
      }
      const canvas = el('canvas', { width: state.deviceTimes.length, height: rows.length });
      canvas.style.height = Math.max(64, Math.min(26, 260 / rows.length) * rows.length) + 'px';
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', this.describe(metric, rows));
      this.paint(canvas, rows);
      canvas.onmousemove = e => this.hover(e, canvas, rows, metric);
      canvas.onmouseleave = hideTip;
      const labels = rows.length <= 16 ? rows.map(r => el('span', { textContent: r.name })) : [];
      const gradient = stops(this.key).map(c => `rgb(${c})`).join(',');
      const key = el('i', { className: 'key' });
      key.style.background = `linear-gradient(90deg, ${gradient})`;
      this.note.replaceChildren(this.range[0] + ' ' + metric.unit, key, this.range[1] + ' ' + metric.unit);
      this.body.replaceChildren(
        el('div', { className: 'heat' }, canvas, el('div', { className: 'rows' }, ...labels)),
        el('div', { className: 'ends' }, el('span', { textContent: clock(Math.round(state.deviceTimes[0])) }), el('span', { textContent: rows.length + (rows.length === 1 ? ' row' : ' rows') }), el('span', { textContent: clock(Math.round(state.deviceTimes[state.deviceTimes.length - 1])) })));
    }

    paint(canvas, rows) {
      const context = canvas.getContext('2d');
      const image = context.createImageData(canvas.width, canvas.height);
      const list = stops(this.key);
      rows.forEach((row, y) => row.values.forEach((value, x) => {
        if (value == null) return;
        image.data.set([...colour(list, (value - this.range[0]) / (this.range[1] - this.range[0])), 255], 4 * (y * canvas.width + x));
      }));
      context.putImageData(image, 0, 0);
    }

    describe(metric, rows) {
      const parts = rows.slice(0, 8).map(r => {
        const values = r.values.filter(v => v != null);
        return `${r.name} ${number(values.reduce((a, b) => a + b, 0) / values.length)} ${metric.unit}`;
      });
      return `${this.title} by device over time; means: ${parts.join(', ')}${rows.length > 8 ? ' and others' : ''}`;
    }

    hover(e, canvas, rows, metric) {
      const box = canvas.getBoundingClientRect();
      const x = Math.min(canvas.width - 1, Math.floor((e.clientX - box.left) / box.width * canvas.width));
      const y = Math.min(rows.length - 1, Math.floor((e.clientY - box.top) / box.height * rows.length));
      const value = rows[y].values[x];
      showTip([`${rows[y].name} at ${clock(+state.deviceTimes[x].toFixed(1))}: ${value == null ? 'not read' : number(value, 1) + ' ' + metric.unit}`], e.clientX, e.clientY);
    }
  }

  // ---- the rest of the page

  const tile = (title, value, note, meter) => {
    const dd = el('dd', { textContent: value });
    if (note) dd.append(' ', el('small', { textContent: note }));
    const node = el('dl', { className: 'tile' }, el('dt', { textContent: title }), dd);
    node.style.margin = 0;
    if (meter != null) {
      const bar = el('i', { className: meter > 1 ? 'full' : '' });
      bar.style.width = Math.min(100, 100 * meter) + '%';
      node.append(el('div', { className: 'meter' }, bar));
    }
    return node;
  };
  const last = name => { const v = columns[name] || []; for (let i = v.length - 1; i >= 0; i--) if (v[i] != null) return v[i]; return null; };

  const drawTiles = () => {
    const { totals: t, compute: c } = state;
    const used = last('used'), limit = last('limit');
    $('tiles').replaceChildren(
      tile('Steps', number(t.steps), `${number(t.samples)} samples`),
      tile('Throughput', short(t.samplesPerSecond), 'samples/s'),
      tile('Loss', last('loss') == null ? '–' : +last('loss').toPrecision(4) + ''),
      tile('Memory', used == null ? '–' : number(used / MEBI), limit == null ? 'MiB' : `of ${number(limit / MEBI)} MiB`, used != null && limit ? used / limit : null),
      tile('Micro-batch × accumulation', last('micro') == null ? '–' : `${last('micro')} × ${last('parts')}`),
      tile('Precision', last('precision') || '–', t.skipped ? `${t.skipped} steps skipped` : ''),
      tile('Prefetch', last('depth') == null ? '–' : `${last('depth')}`, last('workers') == null ? 'no adaptive loader' : `batches, ${last('workers')} workers`),
      tile('Waiting for data', share(t.waitShare), duration(t.waitSeconds)),
      tile('Out of memory', `${t.survived}`, `survived, ${t.avoided} foreseen`),
      tile('MFU', share(c.utilisation), c.peakFlops ? 'of ' + flops(c.peakFlops) : 'not available here'));
  };

  const drawHead = () => {
    const run = state.run;
    $('name').textContent = run.name;
    document.title = run.name + ' – SmartOps';
    const started = new Date(run.started).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
    $('about').textContent = `${run.devices.join(', ')} · started ${started} · ${duration(run.elapsed)} · process ${run.pid}`;
    setState(run.finished ? 'finished' : LIVE ? 'live' : 'unfinished', run.finished ? '' : LIVE ? 'live' : 'lost');
  };
  const setState = (text, kind) => { $('state').textContent = text; $('state').className = 'pill ' + kind; };

  const table = (heads, rows) => el('table', {},
    el('thead', {}, el('tr', {}, ...heads.map(([text, cls]) => el('th', { textContent: text, className: cls || '', scope: 'col' })))),
    el('tbody', {}, ...rows));
  const cell = (content, cls = '') => { const td = el('td', { className: cls }); td.append(content); return td; };

  const drawTuned = () => {
    if (!state.tuned.length) {
      $('tuned').replaceChildren(el('div', { className: 'none', textContent: 'Nothing was changed: the settings of the start fit.' }));
      return;
    }
    const rows = state.tuned.map(t => el('tr', {},
      cell(el('span', { className: 'tag', textContent: t.label })), cell(`${t.from} → ${t.to}`, 'w'), cell(number(t.changes), 'n'),
      cell(short(t.before), 'n'), cell(short(t.after), 'n'),
      cell(t.gain == null ? '–' : (t.gain >= 0 ? '+' : '−') + number(Math.abs(100 * t.gain), 1) + ' %', 'n ' + (t.gain == null ? '' : t.gain >= 0 ? 'up' : 'down'))));
    $('tuned').replaceChildren(
      table([['knob'], ['first → latest'], ['changes', 'n'], ['samples/s before', 'n'], ['after', 'n'], ['measured', 'n']], rows),
      el('p', { className: 'quiet', textContent: 'Before: from the change before the first one of this knob to the first one. After: from its latest change to the end. Whatever else changed in between is part of the difference.' }));
  };

  const drawMarkList = () => {
    if (!state.marks.length) {
      $('marks').replaceChildren(el('div', { className: 'none', textContent: 'None so far.' }));
      return;
    }
    const shown = allMarks ? state.marks : state.marks.slice(-MARKS_SHOWN);
    const rows = shown.map(m => el('tr', {},
      cell(number(m.step), 'n'), cell(clock(+m.t.toFixed(1)), 'n'),
      cell(el('span', { className: m.kind === OUT_OF_MEMORY ? 'tag bad' : 'tag', textContent: m.label })),
      cell(m.kind === OUT_OF_MEMORY ? '' : `${m.from} → ${m.to}`, 'w'), cell(m.reason, 'reason')));
    const children = [table([['step', 'n'], ['time', 'n'], ['what'], ['change'], ['because']], rows)];
    if (state.leftOut) children.push(el('p', { className: 'quiet', textContent: `${number(state.leftOut)} in the middle of the run are not kept here; the journal has all.` }));
    if (shown.length < state.marks.length) {
      children.push(el('button', { type: 'button', className: 'more', textContent: `Show all ${state.marks.length}`, onclick: () => { allMarks = true; drawMarkList(); } }));
    }
    $('marks').replaceChildren(...children);
  };

  const drawMissing = () => {
    const missing = state.metrics.filter(m => !m.rows.some(r => hasData(r.values)) && !PALETTES[m.key]);
    $('missing').replaceChildren(...(missing.length ? [el('div', { className: 'card' }, el('h3', { textContent: 'Not available here' }),
      el('ul', {}, ...missing.map(m => el('li', {}, el('b', { textContent: m.label }), ': needs ' + m.need))))] : []));
  };

  // ---- putting it together

  const charts = CHARTS.map(spec => new Chart(spec, $('charts')));
  const heatmaps = [new Heatmap('UTILISATION', 'Utilisation', [0, 100], $('heatmaps')), new Heatmap('TEMPERATURE', 'Temperature', [30, 95], $('heatmaps'))];
  const gauges = new Map();
  const GAUGE_COLOURS = ['--c1', '--c2', '--c3', '--c4', '--good', '--warn', '--bad', '--quiet'];

  const drawGauges = () => {
    for (const metric of state.metrics) {
      const rows = metric.rows.filter(r => hasData(r.values)).slice(0, GAUGE_COLOURS.length);
      if (!rows.length || PALETTES[metric.key]) continue;
      if (!gauges.has(metric.key)) {
        gauges.set(metric.key, new Chart({
          id: 'gauge-' + metric.key.toLowerCase(), title: metric.label[0].toUpperCase() + metric.label.slice(1), unit: metric.unit, zero: true, marks: [],
          series: rows.map((r, i) => line(r.name, r.name, GAUGE_COLOURS[i])),
          times: () => state.deviceTimes,
          source: s => (state.metrics.find(m => m.key === metric.key).rows.find(r => r.name === s.key) || { values: [] }).values,
        }, $('gauges')));
      }
      gauges.get(metric.key).draw();
    }
  };

  const draw = () => {
    drawHead(); drawTiles();
    charts.forEach(c => c.draw());
    heatmaps.forEach(h => h.draw());
    drawGauges(); drawMissing(); drawTuned(); drawMarkList();
  };
  const redrawColours = () => {
    [...charts, ...gauges.values()].forEach(c => c.recolour());
    heatmaps.forEach(h => h.draw());
  };
  $('theme').onclick = () => { document.documentElement.dataset.theme = isDark() ? 'light' : 'dark'; redrawColours(); };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawColours);
  let resizing = 0;
  addEventListener('resize', () => { cancelAnimationFrame(resizing); resizing = requestAnimationFrame(() => [...charts, ...gauges.values()].forEach(c => c.resize())); });
  addEventListener('scroll', hideTip, { passive: true });

  const receive = update => { merge(update); draw(); };

  // ---- live

  const drawRuns = runs => {
    $('runs').hidden = runs.length < 2;
    $('runs').replaceChildren(...runs.map(run => {
      const text = [el('b', { textContent: run.name }), el('small', { textContent: `step ${number(run.step)} · ${short(run.samplesPerSecond)} samples/s · ${run.usedBytes == null ? '–' : number(run.usedBytes / MEBI)} MiB · pid ${run.pid}` })];
      return run.here || !run.url
        ? el('span', { className: run.here ? 'run here' : 'run' }, ...text)
        : el('a', { href: run.url }, ...text);
    }));
  };

  const connect = () => {
    const events = new EventSource('events');
    events.addEventListener('update', e => {
      receive(JSON.parse(e.data));
      if (state.run.finished) events.close();
    });
    events.addEventListener('runs', e => drawRuns(JSON.parse(e.data)));
    // A browser that reconnects is a new client and gets everything anew.
    events.onerror = () => { if (!state.run.finished) setState('connection lost', 'lost'); };
  };

  if (LIVE) connect(); else receive(JSON.parse($('data').textContent));
})();
