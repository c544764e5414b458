import {Component} from "@odoo/owl";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {STATIC_ACTIONS_GROUP_NUMBER} from "@web/search/action_menus/action_menus";
import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";
import {wordsAboutDeleting} from "./unfinished_order_delete";

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

registry.category("views").add("unfinished_order_list", {
    ...listView,
    Controller: UnfinishedOrderListController,
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
