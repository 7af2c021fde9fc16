"""What is searched in texts."""

CASES = [
    # text
    ("summary ~ invoice", "2 1"),
    ("summary ~ 'invoice*'", "2 1"),
    ("summary ~ 'card pay'", "1"),
    ("summary ~ '\"pay the invoice\"'", "1"),
    ("summary ~ '\"card pay\"'", ""),
    ("summary ~ the", ""),
    ("summary !~ the", "10 2 1"),
    ("summary ~ 'nothing OR late'", "10 2"),
    ("summary ~ 'invoces~'", "2 1"),
    ("summary ~ '\"invoice pay\"~3' and text ~ '[log TO logx]'", "1"),
    ("summary ~ '*ing'", "10"),
    ("not summary ~ pay and summary ~ 'LATE AND -pay'", "2"),
    ("description ~ error or (type = story and summary ~ late)", "2 1"),
    ("summary ~ 'pay -card'", "10"),
    ("summary !~ pay", "2"),
    ("description !~ pay", "1"),
    ("text ~ LOGIN_PAGE", "1"),
]
