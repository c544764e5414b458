import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useBus, useService} from "@web/core/utils/hooks";
import {formatMonetary} from "@web/views/fields/formatters";

/** Amounts of several currencies beside each other: they are never added up. */
export function formatAmounts(amounts, options = {}) {
    return amounts
        .map(({amount, currency_id}) =>
            formatMonetary(amount, {currencyId: currency_id, ...options})
        )
        .join(" + ");
}

/** The figures above the list; each opens what it counts, by the filters that count it. */
export class UnfinishedOrderDashboard extends Component {
    static template = "website_sale_order_handling.UnfinishedOrderDashboard";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({figures: []});
        // A list of some, opened from elsewhere, cannot show all that is counted.
        this.isOfAll = !this.env.searchModel.globalDomain.length;
        if (this.isOfAll) {
            // The list does not wait for its figures.
            onWillStart(() => {
                this.load();
            });
            useBus(this.env.searchModel, "update", () => this.load());
        }
    }

    async load() {
        const figures = this.orm.call("unfinished.order", "retrieve_dashboard");
        this.state.figures = await this.keepLast.add(figures);
    }

    get values() {
        return this.state.figures.filter((figure) => !figure.needs_you);
    }

    get tasks() {
        return this.state.figures.filter((figure) => figure.needs_you);
    }

    amounts(figure) {
        return formatAmounts(figure.amounts, {digits: [16, 0]}) || "0";
    }

    counted(figure) {
        return figure.count === 1 ? _t("1 cart") : _t("%s carts", figure.count.toLocaleString());
    }

    open(figure) {
        const {searchModel} = this.env;
        const items = searchModel.getSearchItems((item) => figure.filters.includes(item.name));
        searchModel.query = [];
        for (const item of items) {
            searchModel.toggleSearchItem(item.id);
        }
    }
}
