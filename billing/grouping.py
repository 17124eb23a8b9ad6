"""Which lines of a run go on which document: pure.

Per balance account (and billed user, where a company is not billed as a whole) the charges go on one invoice and the
credits on its sibling memo. A credit goes to the account of the charge that it undoes.
"""
