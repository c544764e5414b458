import {Component, onWillStart, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {RecoveryOverviewChart} from "./recovery_overview_chart";
import {formatAmounts} from "./unfinished_order_dashboard";

const PERIODS = [7, 30, 90];

/** What reminders have sent, cost and brought back in a period. */
export class RecoveryOverview extends Component {
    static template = "website_sale_order_handling.RecoveryOverview";
    static components = {Layout, RecoveryOverviewChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.periods = PERIODS;
        this.display = {controlPanel: {}};
        const choice = {days: 30, first: false, last: false, campaign_id: 0, website_id: 0};
        this.state = useState({
            choice: {...choice, ...this.props.state?.choice},
            data: null,
        });
        // Whoever comes back from the rows of a figure finds what they had chosen.
        useSetupAction({getLocalState: () => ({choice: {...this.state.choice}})});
        onWillStart(() => this.load());
    }

    async load() {
        const asked = this.orm.call("recovery.message", "retrieve_overview", [
            {...this.state.choice},
        ]);
        this.state.data = await this.keepLast.add(asked);
    }

    choose(values) {
        Object.assign(this.state.choice, values);
        return this.load();
    }

    choosePeriod(days) {
        return this.choose({days, first: false, last: false});
    }

    /** Chooses one end of a period of one's own; the other end follows where it must. */
    chooseDay(name, day) {
        if (!day) {
            return undefined;
        }
        const {first, last} = this.state.data;
        const chosen = {first, last, [name]: day};
        if (chosen.first > chosen.last) {
            chosen.first = chosen.last = day;
        }
        return this.choose({days: 0, ...chosen});
    }

    chooseRecord(name, id) {
        return this.choose({[name]: Number(id)});
    }

    get figures() {
        return this.state.data.figures;
    }

    /** The columns of the table of channels. */
    get columns() {
        return this.figures.filter(({rows, key}) => rows === "messages" && key !== "cost");
    }

    get cost() {
        return this.figures.find(({key}) => key === "cost");
    }

    /** The charts in which something is drawn. */
    get charts() {
        return this.state.data.charts.filter(({series}) =>
            series.some(({values}) => values.some(Boolean))
        );
    }

    value(figure) {
        return figure.amounts ? formatAmounts(figure.amounts) || "0" : this.number(figure.count);
    }

    number(count) {
        return count.toLocaleString();
    }

    amounts(amounts) {
        return formatAmounts(amounts) || "0";
    }

    /** What the provider has charged, where that is another currency. */
    charged(of) {
        const currencies = (amounts) => amounts.map(({currency_id}) => currency_id).join();
        return currencies(of.charged) === currencies(of.amounts) ? "" : formatAmounts(of.charged);
    }

    /**
     * Opens the rows that a figure counts.
     *
     * @param {String} key of the figure
     * @param {Object} [part] of them: a channel, or a part of the period
     */
    open(key, part) {
        const figure = this.figures.find((one) => one.key === key);
        return this.action.doAction({
            ...this.state.data.actions[figure.rows],
            name: part ? `${figure.label}: ${part.name || part.label}` : figure.label,
            domain: [...figure.domain, ...(part?.domain || [])],
        });
    }

    openHelp() {
        return this.action.doAction(this.state.data.help.action);
    }
}

registry.category("actions").add("recovery_overview", RecoveryOverview);
