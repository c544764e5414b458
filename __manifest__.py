{
    "name": "eCommerce Order Handling",
    "summary": "Carts that were left come back: reminders with a safe link, and proof of what they earned",
    "version": "19.0.1.0.0",
    "category": "Website/Website",
    "license": "LGPL-3",
    "author": "eCommerce Order Handling contributors",
    "website": "https://github.com/OCA/e-commerce",
    "depends": ["website_sale_stock"],
    "data": [],
    "application": True,
}
