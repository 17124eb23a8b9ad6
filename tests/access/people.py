"""Who walks through the product: a letter for each person of a market, so that a row of the table fits on a line."""

PEOPLE = {
    "M": "manager",
    "S": "second_manager",
    "F": "finance",
    "P": "support",
    "D": "developer",
    "R": "reseller",
    "A": "company_admin",
    "B": "billing_admin",
    "U": "user",
    "O": "other_admin",
    "C": "client_admin",
}
"""Company and billing admin and the user belong to Acme, the other admin to Birch; the client's bills go to the
reseller, the developer's company is a vendor."""

EVERYBODY = "".join(PEOPLE)
STAFF = "MSFP"
BOSSES = "MSF"
MANAGERS = "MS"
NOBODY = ""
