import {registry} from "@web/core/registry";
import {sortBy} from "@web/core/utils/arrays";
import {SEP} from "@web/views/graph/graph_model";
import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {graphView} from "@web/views/graph/graph_view";
import {STATE_COLORS, STATE_FIELDS} from "@website_sale_order_handling/backend/state_colors";

/** Draws each state in its own color; core's colors follow the order of the groups. */
export class StateGraphRenderer extends GraphRenderer {
    /** The color of each value of a grouped state, by the words under which it is drawn. */
    get colors() {
        const {fields, groupBy} = this.model.metaData;
        const field = fields[groupBy[this.place]?.fieldName];
        const values = field?.selection || [];
        return Object.fromEntries(values.map(([value, label]) => [label, STATE_COLORS[value]]));
    }

    /** At which place among the groups the state is, -1 for nowhere. */
    get place() {
        const {groupBy} = this.model.metaData;
        return groupBy.findIndex(({fieldName}) => STATE_FIELDS.includes(fieldName));
    }

    getBarChartData() {
        const data = super.getBarChartData();
        const {datasets, labels} = this.model.data;
        if (this.place > 0) {
            this.paint(datasets, "backgroundColor");
        } else if (this.place === 0 && datasets.length === 1) {
            const {colors} = this;
            datasets[0].backgroundColor = labels.map(
                (label) => colors[label] || datasets[0].backgroundColor
            );
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        if (this.place > 0) {
            this.paint(data.datasets, "borderColor");
            this.paint(data.datasets, "pointBackgroundColor");
            this.paint(data.datasets, "hoverBackgroundColor");
            this.paint(data.datasets, "backgroundColor");
        }
        return data;
    }

    getPieChartData() {
        const data = super.getPieChartData();
        const {colors, place} = this;
        if (place >= 0) {
            for (const dataset of data.datasets) {
                const painted = dataset.backgroundColor.map(
                    (color, index) => colors[data.labels[index]?.split(SEP)[place]] || color
                );
                Object.assign(dataset, {
                    backgroundColor: painted,
                    hoverBackgroundColor: painted,
                });
            }
        }
        return data;
    }

    paint(datasets, property) {
        const {colors, place} = this;
        for (const dataset of datasets) {
            const color = colors[dataset.label.split(SEP)[place - 1]];
            dataset[property] = color || dataset[property];
        }
    }

    getLegendOptions() {
        const options = super.getLegendOptions();
        const {mode} = this.model.metaData;
        if (mode === "bar" && this.place === 0) {
            // Each bar says what it is, and has a color of its own.
            options.display = false;
        } else if (mode === "pie") {
            const {generateLabels} = options.labels;
            options.labels.generateLabels = (chart) =>
                generateLabels(chart).map((item) => ({
                    ...item,
                    fillStyle: chart.data.datasets[0].backgroundColor[item.index],
                }));
        }
        return options;
    }

    getTooltipItems(data, metaData, tooltipModel) {
        const items = super.getTooltipItems(data, metaData, tooltipModel);
        const points = sortBy(tooltipModel.dataPoints, "raw", "desc");
        return items.map((item, index) => ({
            ...item,
            boxColor: Array.isArray(item.boxColor)
                ? item.boxColor[points[index].dataIndex]
                : item.boxColor,
        }));
    }
}

registry.category("views").add("state_graph", {...graphView, Renderer: StateGraphRenderer});
