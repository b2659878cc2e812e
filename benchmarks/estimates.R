# The work of estimates_cells.py by R's survival. Arguments: the trial (CSV), how often to measure, the file for the
# numbers (doubles, in the order of estimates_cells.py), the file for the CPU seconds. No more is computed than is asked.
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
trial <- read.csv(given[1])
landmarks <- c(182, 365)
grid <- c(0, 90, 180, 270, 360, 450, 540, 630, 720, 810, 900)
times <- sort(c(grid, landmarks))
horizon <- 300
z <- qnorm(.975)

cox <- function(fit) {
  se <- sqrt(diag(fit$var))
  terms <- rbind(exp(fit$coef), exp(fit$coef - z * se), exp(fit$coef + z * se), se, 2 * pnorm(-abs(fit$coef / se)))
  c(terms, fit$loglik, fit$score)
}
logrank <- function(fit) c(fit$chisq, pchisq(fit$chisq, 1, lower.tail = FALSE))

cell <- function(d) {
  fit <- survfit(Surv(time, event) ~ ARM, d, conf.type = "log-log")
  read <- summary(fit, times = times, extend = TRUE, rmean = horizon)
  end <- cumsum(fit$strata)
  curves <- unlist(lapply(1:2, function(arm) {
    own <- (end[arm] - fit$strata[arm] + 1):end[arm]
    at <- which(as.integer(read$strata) == arm)
    mark <- at[times %in% landmarks]
    rates <- rbind(read$surv[mark], read$lower[mark], read$upper[mark], read$std.err[mark])
    c(fit$surv[own], fit$lower[own], fit$upper[own], read$table[arm, c("median", "0.95LCL", "0.95UCL")], rates,
      read$n.risk[at[times %in% grid]])
  }))
  adjusted <- coxph(Surv(time, event) ~ ARM + AGE + strata(STRATUM), d)
  hazards <- cox.zph(adjusted, "km")$table
  means <- read$table[, c("rmean", "se(rmean)")]
  c(curves,
    logrank(survdiff(Surv(time, event) ~ ARM, d)),
    logrank(survdiff(Surv(time, event) ~ ARM + strata(STRATUM), d)),
    cox(coxph(Surv(time, event) ~ ARM, d)),
    cox(coxph(Surv(time, event) ~ ARM + strata(STRATUM), d)),
    cox(adjusted),
    cox(coxph(Surv(time, event) ~ ARM, d, weights = WEIGHT, robust = TRUE)),
    t(hazards[, c("chisq", "p")]),
    t(means), means[2, 1] - means[1, 1], sqrt(sum(means[, 2]^2)))
}

subgroups <- names(trial)[-(1:8)]
all_cells <- function(names) {
  found <- list()
  for (endpoint in c("OS", "PFS")) {
    data <- trial
    data$time <- data[[endpoint]]
    data$event <- data[[paste0(endpoint, "_EVENT")]]
    for (name in names) found[[length(found) + 1]] <- cell(data[data[[name]] == 1, ])
  }
  unlist(found)
}

all_cells(subgroups[1])  # whatever is loaded late
took <- numeric()
for (once in seq_len(as.integer(given[2]))) {
  begun <- proc.time()
  numbers <- all_cells(subgroups)
  took <- c(took, sum((proc.time() - begun)[1:2]))
}
writeBin(as.double(numbers), given[3])
writeLines(format(took, digits = 6), given[4])
