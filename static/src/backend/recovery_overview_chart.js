import {Component, onWillStart, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {STATE_COLORS} from "./state_colors";

/** One chart over time, with the same figures as a table: each opens the rows that it counts. */
export class RecoveryOverviewChart extends Component {
    static template = "website_sale_order_handling.RecoveryOverviewChart";
    static props = {chart: Object, open: Function};

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new window.Chart(this.canvas.el, this.config);
                return () => chart.destroy();
            },
            () => [this.props.chart]
        );
    }

    get config() {
        const {series, spans} = this.props.chart;
        return {
            type: "bar",
            data: {
                labels: spans.map(({label}) => label),
                datasets: series.map(({label, state, values}) => ({
                    label,
                    // Not the array itself, to which the library would add properties.
                    data: [...values],
                    backgroundColor: STATE_COLORS[state],
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                onClick: (_event, bars) => bars.length && this.openBar(bars[0]),
                plugins: {legend: {display: series.length > 1, position: "bottom"}},
                scales: {
                    x: {stacked: true, grid: {display: false}},
                    y: {stacked: true, beginAtZero: true, ticks: {precision: 0}},
                },
            },
        };
    }

    openBar({datasetIndex, index}) {
        const {series, spans} = this.props.chart;
        this.props.open(series[datasetIndex].key, spans[index]);
    }

    /** The parts of the period in which there is something. */
    get filled() {
        const {series, spans} = this.props.chart;
        return spans
            .map((span, place) => ({...span, values: series.map(({values}) => values[place])}))
            .filter(({values}) => values.some(Boolean));
    }
}
