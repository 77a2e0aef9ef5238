incq	704(%rdi)
retq
