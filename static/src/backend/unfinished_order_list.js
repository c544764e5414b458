import {Component} from "@odoo/owl";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {STATIC_ACTIONS_GROUP_NUMBER} from "@web/search/action_menus/action_menus";
import {formatFloat} from "@web/views/fields/formatters";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListController} from "@web/views/list/list_controller";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {UnfinishedOrderDashboard, formatAmounts} from "./unfinished_order_dashboard";
import {UnfinishedOrderKanbanController, wordsAboutDeleting} from "./unfinished_order_delete";

const DIALOG = "website_sale_order_handling.action_unfinished_order_export_dialog";
const MODEL = "unfinished.order";

/** Exports in the background, instead of while everybody waits. */
export class UnfinishedOrderListController extends ListController {
    setup() {
        super.setup();
        this.exportRecords = () => this.openExport();
    }

    get deleteConfirmationDialogProps() {
        return {...super.deleteConfirmationDialogProps, ...wordsAboutDeleting()};
    }

    openExport() {
        const {selection, isDomainSelected} = this.model.root;
        return this.actionService.doAction(DIALOG, {
            additionalContext: {
                active_model: MODEL,
                // "Select all" means what the filter finds, which can be more than ids are sent for.
                active_ids: isDomainSelected ? [] : selection.map((record) => record.resId),
                active_domain: this.props.domain,
            },
        });
    }
}

/** Shows figures above the rows, and below them a total for each currency. */
export class UnfinishedOrderListRenderer extends ListRenderer {
    static template = "website_sale_order_handling.UnfinishedOrderListRenderer";
    static components = {...ListRenderer.components, UnfinishedOrderDashboard};

    /** Core adds up several currencies by today's rates; nobody has paid in such a mixture. */
    computeAggregates() {
        const aggregates = super.computeAggregates();
        if (aggregates.amount_total) {
            aggregates.amount_total = {
                help: aggregates.amount_total.help,
                value: formatAmounts(this.totalsByCurrency()),
            };
        }
        return aggregates;
    }

    totalsByCurrency() {
        const {records, selection} = this.props.list;
        const totals = new Map();
        for (const {data} of selection.length ? selection : records) {
            const currencyId = data.currency_id?.id;
            totals.set(currencyId, (totals.get(currencyId) || 0) + data.amount_total);
        }
        return [...totals].map(([currency_id, amount]) => ({currency_id, amount}));
    }

    /** Core leaves a column out of the groups that the database does not add up. */
    getFirstAggregateIndex(group) {
        const amount = this.columns.findIndex((column) => column.name === "amount_total");
        return group && amount >= 0 ? amount : super.getFirstAggregateIndex(group);
    }

    /** What is in a group, in the company's currency by the rates of then. */
    formatGroupAggregate(group, column) {
        if (column.name === "quantity" && "quantity" in group.aggregates) {
            return {value: formatFloat(group.aggregates.quantity, {trailingZeros: false})};
        }
        const isAmount = column.name === "amount_total";
        return super.formatGroupAggregate(
            group,
            isAmount ? {...column, name: "amount_company"} : column
        );
    }
}

registry.category("views").add("unfinished_order_list", {
    ...listView,
    Controller: UnfinishedOrderListController,
    Renderer: UnfinishedOrderListRenderer,
});

/** The same figures above the cards, which is what a phone shows. */
export class UnfinishedOrderKanbanRenderer extends KanbanRenderer {
    static template = "website_sale_order_handling.UnfinishedOrderKanbanRenderer";
    static components = {...KanbanRenderer.components, UnfinishedOrderDashboard};
}

registry.category("views").add("unfinished_order_kanban", {
    ...kanbanView,
    Controller: UnfinishedOrderKanbanController,
    Renderer: UnfinishedOrderKanbanRenderer,
});

/** "Export" in the menu of the list and of the cards, as long as nothing is selected. */
export class ExportUnfinishedOrders extends Component {
    static template = "website_sale_order_handling.ExportUnfinishedOrders";
    static components = {DropdownItem};
    static props = {};

    setup() {
        this.action = useService("action");
    }

    onSelected() {
        const {domain} = this.env.searchModel;
        return this.action.doAction(DIALOG, {
            additionalContext: {active_model: MODEL, active_ids: [], active_domain: domain},
        });
    }
}

registry.category("cogMenu").add(
    "export-unfinished-orders",
    {
        Component: ExportUnfinishedOrders,
        groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
        isDisplayed: async (env) =>
            env.searchModel?.resModel === MODEL &&
            ["kanban", "list"].includes(env.config.viewType) &&
            !env.model?.root.selection?.length &&
            (await user.hasGroup("base.group_allow_export")),
    },
    {sequence: 10}
);
